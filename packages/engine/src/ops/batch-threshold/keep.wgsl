// next becomes the entries above the threshold, those held and then the fresh ones, in their order. A workgroup a span.
@group(0) @binding(0) var<storage, read> held: array<u32>;
@group(0) @binding(1) var<storage, read> fresh: array<u32>;
@group(0) @binding(2) var<storage, read> state: array<u32>;
@group(0) @binding(3) var<storage, read> partial: array<u32>;   // how many come before each span
@group(0) @binding(4) var<storage, read_write> next: array<u32>;

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
@group(0) @binding(5) var<uniform> round: Round;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let many = select(state[round.held], 0u, round.first == 1u);
  let all = many + state[2];
  let span = (all + round.spans - 1u) / round.spans;
  let end = min(all, (group.x + 1u) * span);
  let threshold = state[0];
  var at = partial[group.x * 16u];
  for (var first = group.x * span; first < end; first += WORKGROUP_SIZE) {
    let i = first + lane;
    var bits = 0u;
    if (i < min(end, many)) { bits = held[i]; }
    if (i >= many && i < end) { bits = fresh[i - many]; }
    let above = select(0u, 1u, bits > threshold);
    let before = workgroupPrefix(above, lane);
    let found = workgroupCount(above, lane);
    if (above == 1u) { next[at + before] = bits; }
    at += found;
  }
}
