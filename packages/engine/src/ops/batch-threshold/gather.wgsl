// fresh, from counts[b,0] on, becomes the bits of what lies above the threshold in row b of x (B,F). One workgroup a row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read> counts: array<u32>;
@group(0) @binding(3) var<storage, read_write> fresh: array<u32>;

struct Here { rows: u32, width: u32, first: u32 }   // first = 1: there is no threshold
@group(0) @binding(4) var<uniform> here: Here;

fn orderedBits(v: f32) -> u32 { return select(0u, bitcast<u32>(v), v > 0.0); }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= here.rows) { return; }
  let threshold = select(state[0], 0u, here.first == 1u);
  var at = counts[row * 2u];
  for (var i = 0u; i < here.width; i += WORKGROUP_SIZE) {
    var bits = 0u;
    if (i + lane < here.width) { bits = orderedBits(x[row * here.width + i + lane]); }
    let above = select(0u, 1u, bits > threshold);
    let before = workgroupPrefix(above, lane);
    let found = workgroupCount(above, lane);
    if (above == 1u) { fresh[at + before] = bits; }
    at += found;
  }
}
