// y keeps what lies above the threshold, and of what equals it the first state[1] entries in row-major order.
// counts[b,1] says how many equal entries come before row b. One workgroup a row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;

override ROWS: u32;
override WIDTH: u32;

fn orderedBits(v: f32) -> u32 { return select(0u, bitcast<u32>(v), v > 0.0); }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  let threshold = state[0];
  let room = state[1];
  var before = counts[row * 2u + 1u];
  for (var i = 0u; i < WIDTH; i += WORKGROUP_SIZE) {
    let at = i + lane;
    var bits = 0u;
    if (at < WIDTH) { bits = orderedBits(x[row * WIDTH + at]); }
    let equal = select(0u, 1u, at < WIDTH && bits == threshold);
    let position = before + workgroupPrefix(equal, lane);
    before += workgroupCount(equal, lane);
    if (at < WIDTH) { y[row * WIDTH + at] = select(0.0, bitcast<f32>(bits), bits > threshold || (equal == 1u && position < room)); }
  }
}
