// near = |x - θ_j| < BANDWIDTH / 2 ? 1 : 0: where the threshold's gradient lives. x (B,F)  threshold (F)  ->  near (B,F).
// A workgroup takes RUN rows, one after another.
@group(0) @binding(0) var<storage, read> x: array<Column>;
@group(0) @binding(1) var<storage, read> threshold: array<Column>;
@group(0) @binding(2) var<storage, read_write> near: array<Column>;

override ROWS: u32;
override WIDTH: u32;   // F
override WORKGROUP_SIZE: u32;
override RUN: u32;
override COLUMNS: u32 = WIDTH / COLUMN_WIDTH;
override BANDWIDTH: f32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * RUN;
  for (var row = first; row < min(first + RUN, ROWS); row++) {
    for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
      let distance = abs(x[row * COLUMNS + c] - threshold[c]);
      near[row * COLUMNS + c] = select(Column(), Column(1.0), distance < Column(0.5 * BANDWIDTH));
    }
  }
}
