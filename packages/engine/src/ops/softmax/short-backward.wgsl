// softmax backward of short rows, as backward.wgsl computes it of others: here a lane takes whole rows, here.run of them.
// y, dy, dx (N,D)
@group(0) @binding(0) var<storage, read> y: array<Column>;
@group(0) @binding(1) var<storage, read> dy: array<Column>;
@group(0) @binding(2) var<storage, read_write> dx: array<Column>;

override WORKGROUP_SIZE: u32;
override SCALE: f32;

struct Here {
  rows: u32,      // N
  width: u32,     // D
  run: u32,
}
@group(0) @binding(3) var<uniform> here: Here;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let columns = here.width / COLUMN_WIDTH;
  let first = (group.y * groups.x + group.x) * WORKGROUP_SIZE * here.run;
  for (var row = first + lane; row < min(first + WORKGROUP_SIZE * here.run, here.rows); row += WORKGROUP_SIZE) {
    let start = row * columns;
    var sum = Column();
    for (var c = 0u; c < columns; c++) { sum = fma(y[start + c], dy[start + c], sum); }
    let total = columnTotal(sum);
    for (var c = 0u; c < columns; c++) { dx[start + c] = SCALE * y[start + c] * (dy[start + c] - total); }
  }
}
