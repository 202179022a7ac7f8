// Stores Columns of rows that are whole Columns.
alias Stored = Column;
fn put(i: u32, v: Column) { result[i] = v; }
fn putEdge(i: u32, mine: Mask, v: Column) {}
