// y = x where rowMask marks it, 0 elsewhere. x, y (B,F), or blocks of their rows; rowMask (B,⌈F/32⌉).
// One workgroup a row.
@group(0) @binding(0) var<storage, read> x: array<Column>;
@group(0) @binding(1) var<storage, read> rowMask: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<Column>;

override WORKGROUP_SIZE: u32;

struct Here {
  rows: u32,
  firstRow: u32,   // of rowMask that is the first row of x
  columns: u32,    // F / COLUMN_WIDTH
  words: u32,      // of a row
}
@group(0) @binding(3) var<uniform> here: Here;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= here.rows) { return; }
  let firstWord = (here.firstRow + row) * here.words;
  for (var c = lane; c < here.columns; c += WORKGROUP_SIZE) {
    let at = row * here.columns + c;
    let column = c * COLUMN_WIDTH;
    let bits = vec4u(rowMask[firstWord + column / 32u] >> (column % 32u)) & vec4u(1u, 2u, 4u, 8u);
    y[at] = columnOf(select(vec4f(), vec4f(x[at]), bits != vec4u()));
  }
}
