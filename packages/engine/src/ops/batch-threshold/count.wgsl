// Over its span of the entries, those held and then the fresh ones, a workgroup counts how many reach each candidate, the
// bits found so far with digit d (1 to 15) after them: partial[g,d]. In the last round, how many lie above the
// threshold: partial[g,0].
@group(0) @binding(0) var<storage, read> held: array<u32>;
@group(0) @binding(1) var<storage, read> fresh: array<u32>;
@group(0) @binding(2) var<storage, read> state: array<u32>;
@group(0) @binding(3) var<storage, read_write> partial: array<u32>;

struct Round {
  shift: u32,    // of the digit
  first: u32,    // 1: nothing is held
  top: u32,      // 1: no digit is known
  leaves: u32,   // 0: a digit; 1: the last of a bound; 2: the last of the threshold; 3: how many entries lie above that
  wanted: u32,   // entries to keep
  held: u32,     // where in state the number of held entries is
  next: u32,     // and that of those held hereafter
  spans: u32,    // of neighbouring entries, a workgroup each
  given: u32,    // fresh entries; 0 where state[2] says how many
}
@group(0) @binding(4) var<uniform> round: Round;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  var many = 0u;
  if (round.first == 0u) { many = state[round.held]; }
  let all = many + select(round.given, state[2], round.given == 0u);
  let span = (all + round.spans - 1u) / round.spans;
  let end = min(all, (group.x + 1u) * span);
  var known = 0u;
  if (round.top == 0u) { known = state[4]; }
  var reached: array<u32, 16>;
  for (var i = group.x * span + lane; i < end; i += WORKGROUP_SIZE) {
    var bits: u32;
    if (i < many) { bits = held[i]; } else { bits = fresh[i - many]; }
    if (round.leaves == 3u) {
      reached[0] += select(0u, 1u, bits > state[0]);
    } else {
      for (var d = 1u; d < 16u; d++) { reached[d] += select(0u, 1u, bits >= (known | (d << round.shift))); }
    }
  }
  for (var d = 0u; d < 16u; d++) {
    let total = workgroupCount(reached[d], lane);
    if (lane == 0u) { partial[group.x * 16u + d] = total; }
  }
}
