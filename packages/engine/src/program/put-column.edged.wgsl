// Stores Columns of rows that begin and end anywhere, element by element: an edge shares its vec4f with the next row, and
// WGSL may take the store of a vector's component for one of all of it, which would race with who stores the rest.
alias Stored = f32;
fn put(i: u32, v: Column) {
  result[4u * i] = v.x;
  result[4u * i + 1u] = v.y;
  result[4u * i + 2u] = v.z;
  result[4u * i + 3u] = v.w;
}
fn putEdge(i: u32, mine: Mask, v: Column) {
  if (mine.x) { result[4u * i] = v.x; }
  if (mine.y) { result[4u * i + 1u] = v.y; }
  if (mine.z) { result[4u * i + 2u] = v.z; }
  if (mine.w) { result[4u * i + 3u] = v.w; }
}
