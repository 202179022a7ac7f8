// The entries of x (B,F) by Columns, in groups of columns of which the maxima are known; and the state of the search.
// Comes before kernels that pass over groups.
@group(0) @binding(0) var<storage, read> x: array<Column>;
@group(0) @binding(1) var<storage, read> maxima: array<u32>;   // (B,groups)
@group(0) @binding(2) var<storage, read> state: array<u32>;

struct Here {
  rows: u32,
  columns: u32,   // F / COLUMN_WIDTH
  shift: u32,     // groups have 2^shift columns, a multiple of COLUMN_WIDTH
  groups: u32,    // of a row
}
