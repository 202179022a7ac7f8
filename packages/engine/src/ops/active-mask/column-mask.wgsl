// Column words: bit r of [block, j] says whether f[32·block + r, j] > 0, or with SIGNED = 1 is not 0.
// f (B,F), or a block of its rows -> columns (S+⌈B/32⌉,F), of which the first S rows are left for the summary.
// One thread a block and Column.
@group(0) @binding(0) var<storage, read> f: array<Column>;
@group(0) @binding(1) var<storage, read_write> columns: array<u32>;

override COLUMNS: u32;    // F / COLUMN_WIDTH
override SIGNED: u32;

struct Here {
  rows: u32,    // of f
  first: u32,   // row of columns that the words of the first block go to
}
@group(0) @binding(2) var<uniform> here: Here;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= (here.rows + 31u) / 32u * COLUMNS) { return; }
  let block = i / COLUMNS;
  let column = i % COLUMNS;
  let rows = min(32u, here.rows - block * 32u);
  var words = vec4u();
  for (var r = 0u; r < rows; r++) {
    let v = vec4f(f[(block * 32u + r) * COLUMNS + column]);
    words |= select(vec4u(), vec4u(1u << r), select(v, abs(v), SIGNED == 1u) > vec4f());
  }
  for (var q = 0u; q < COLUMN_WIDTH; q++) { columns[(here.first * COLUMNS + i) * COLUMN_WIDTH + q] = words[q]; }
}
