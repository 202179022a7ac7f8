// softmax forward of short rows, as forward.wgsl computes it of others: here a lane takes whole rows, here.run of them.
// x, y (N,D)
@group(0) @binding(0) var<storage, read> x: array<Column>;
@group(0) @binding(1) var<storage, read_write> y: array<Column>;

override WORKGROUP_SIZE: u32;
override CAUSAL: u32;   // 0 where every row sees all

struct Here {
  rows: u32,      // N
  width: u32,     // D
  run: u32,
  height: u32,   // of a matrix, whose last row sees all and each row before it one element less
  first: u32,     // place of the first row in its matrix
}
@group(0) @binding(2) var<uniform> here: Here;

const LOWEST = -3.4e38;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let columns = here.width / COLUMN_WIDTH;
  let first = (group.y * groups.x + group.x) * WORKGROUP_SIZE * here.run;
  for (var row = first + lane; row < min(first + WORKGROUP_SIZE * here.run, here.rows); row += WORKGROUP_SIZE) {
    let start = row * columns;
    var visible = here.width;
    if (CAUSAL == 1u) { visible -= here.height - 1u - (here.first + row) % here.height; }
    var top = LOWEST;
    for (var c = 0u; c < columns; c++) { top = max(top, columnTop(seen(x[start + c], c, visible))); }
    var sum = Column();
    for (var c = 0u; c < columns; c++) { sum += exp(seen(x[start + c], c, visible) - top); }
    let inverse = 1.0 / columnTotal(sum);
    for (var c = 0u; c < columns; c++) { y[start + c] = exp(seen(x[start + c], c, visible) - top) * inverse; }
  }
}

// An exponential of the lowest number, less anything, is 0.
fn seen(v: Column, c: u32, visible: u32) -> Column {
  if (CAUSAL == 0u) { return v; }
  return select(Column(LOWEST), v, columnPlaces(c) < Places(visible));
}
