// norm[j] = |w[j]|. A workgroup takes RUN rows, one after another. w (F,D) -> norm (F)
@group(0) @binding(0) var<storage, read> w: array<Column>;
@group(0) @binding(1) var<storage, read_write> norm: array<f32>;

override ROWS: u32;
override WIDTH: u32;   // D / COLUMN_WIDTH
override RUN: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * RUN;
  for (var row = first; row < min(first + RUN, ROWS); row++) {
    var squares = Column();
    for (var c = row * WIDTH + lane; c < (row + 1u) * WIDTH; c += WORKGROUP_SIZE) { squares = fma(w[c], w[c], squares); }
    let total = workgroupSum(columnTotal(squares), lane);
    if (lane == 0u) { norm[row] = sqrt(total); }
  }
}
