// counts[b,0]: entries of row b that reach the candidate (the threshold so far with the round's bit set); in the last round, those
// above the threshold, and counts[b,1] those equal to it. One workgroup a row.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> state: array<u32>;
@group(0) @binding(2) var<storage, read_write> counts: array<u32>;

override ROWS: u32;
override WIDTH: u32;

struct Round { bit: u32, first: u32, last: u32 }
@group(0) @binding(3) var<uniform> round: Round;

fn orderedBits(v: f32) -> u32 { return select(0u, bitcast<u32>(v), v > 0.0); }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  let known = select(state[0], 0u, round.first == 1u);
  let candidate = select(known | (1u << round.bit), known, round.last == 1u);
  var reached = 0u;
  var equal = 0u;
  for (var i = lane; i < WIDTH; i += WORKGROUP_SIZE) {
    let bits = orderedBits(x[row * WIDTH + i]);
    reached += select(0u, 1u, select(bits >= candidate, bits > candidate, round.last == 1u));
    equal += select(0u, 1u, bits == candidate);
  }
  let total = workgroupCount(reached, lane);
  let same = workgroupCount(equal, lane);
  if (lane == 0u) { counts[row * 2u] = total; counts[row * 2u + 1u] = same; }
}
