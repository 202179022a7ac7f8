// Rows are whole Columns, and have no edges; see column.edged for those that do.
const EDGES = false;
fn offsetOf(start: u32) -> u32 { return 0u; }
fn wholeFrom(offset: u32) -> u32 { return 0u; }
fn wholeEnd(offset: u32, width: u32) -> u32 { return width / COLUMN_WIDTH; }
fn edgeColumn(offset: u32, width: u32, lane: u32) -> u32 { return 0u; }
fn edge(offset: u32, width: u32, lane: u32) -> Mask { return Mask(); }
fn shifted(here: Column, next: Column, shift: u32) -> Column { return here; }
fn hereOf(offset: u32, c: u32) -> u32 { return c; }
fn nextOf(offset: u32, width: u32, c: u32) -> u32 { return c; }
fn shiftOf(offset: u32) -> u32 { return 0u; }
