// Rows whose width is a multiple of four are read four columns at a time.
alias Column = vec4f;
alias Places = vec4u;
alias Mask = vec4<bool>;
const COLUMN_WIDTH = 4u;
fn columnTotal(v: Column) -> f32 { return v.x + v.y + v.z + v.w; }
fn columnTop(v: Column) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }
fn columnElement(v: Column, i: u32) -> f32 { return v[i]; }
// A Column of the elements of v that there are.
fn columnOf(v: vec4f) -> Column { return v; }
// Where in the row the elements of Column c are.
fn columnPlaces(c: u32) -> Places { return 4u * c + vec4u(0u, 1u, 2u, 3u); }
