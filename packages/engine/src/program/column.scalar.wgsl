// Rows of any width, one column at a time.
alias Column = f32;
alias Places = u32;
const COLUMN_WIDTH = 1u;
fn columnTotal(v: Column) -> f32 { return v; }
fn columnTop(v: Column) -> f32 { return v; }
fn columnElement(v: Column, i: u32) -> f32 { return v; }
// A Column of the elements of v that there are.
fn columnOf(v: vec4f) -> Column { return v.x; }
// Where in the row the element of Column c is.
fn columnPlaces(c: u32) -> Places { return c; }

// Rows are whole Columns, and have no edges; see column.edged for those that do.
const EDGES = false;
alias Mask = bool;
fn offsetOf(start: u32) -> u32 { return 0u; }
fn wholeFrom(offset: u32) -> u32 { return 0u; }
fn wholeEnd(offset: u32, width: u32) -> u32 { return width / COLUMN_WIDTH; }
fn edgeColumn(offset: u32, width: u32, lane: u32) -> u32 { return 0u; }
fn edge(offset: u32, width: u32, lane: u32) -> Mask { return Mask(); }
fn shifted(here: Column, next: Column, shift: u32) -> Column { return here; }
fn hereOf(offset: u32, c: u32) -> u32 { return c; }
fn nextOf(offset: u32, width: u32, c: u32) -> u32 { return c; }
fn shiftOf(offset: u32) -> u32 { return 0u; }
