// norm[j] = |w[j]|. w (F,D) -> norm (F). One workgroup a row.
@group(0) @binding(0) var<storage, read> w: array<Column>;
@group(0) @binding(1) var<storage, read_write> norm: array<f32>;

override ROWS: u32;
override WIDTH: u32;   // D / COLUMN_WIDTH

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  var squares = Column();
  for (var c = lane; c < WIDTH; c += WORKGROUP_SIZE) { squares = fma(w[row * WIDTH + c], w[row * WIDTH + c], squares); }
  let total = workgroupSum(columnTotal(squares), lane);
  if (lane == 0u) { norm[row] = sqrt(total); }
}
