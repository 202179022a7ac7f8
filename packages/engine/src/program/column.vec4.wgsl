// Rows whose width is a multiple of four are read four columns at a time.
alias Column = vec4f;
const COLUMN_WIDTH = 4u;
fn columnTotal(v: Column) -> f32 { return v.x + v.y + v.z + v.w; }
