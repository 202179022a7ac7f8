// Rows of any width, one column at a time.
alias Column = f32;
const COLUMN_WIDTH = 1u;
fn columnTotal(v: Column) -> f32 { return v; }
