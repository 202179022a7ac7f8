// Rows of any width, one column at a time.
alias Column = f32;
alias Places = u32;
const COLUMN_WIDTH = 1u;
fn columnTotal(v: Column) -> f32 { return v; }
fn columnTop(v: Column) -> f32 { return v; }
fn columnElement(v: Column, i: u32) -> f32 { return v; }
// Where in the row the element of Column c is.
fn columnPlaces(c: u32) -> Places { return c; }
