// Rows of any width, one column at a time.
alias Column = f32;
alias Places = u32;
alias Mask = bool;
const COLUMN_WIDTH = 1u;
fn columnTotal(v: Column) -> f32 { return v; }
fn columnTop(v: Column) -> f32 { return v; }
fn columnElement(v: Column, i: u32) -> f32 { return v; }
// A Column of the elements of v that there are.
fn columnOf(v: vec4f) -> Column { return v.x; }
// Where in the row the element of Column c is.
fn columnPlaces(c: u32) -> Places { return c; }
