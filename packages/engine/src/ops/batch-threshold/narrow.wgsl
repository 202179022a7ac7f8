// Chooses the largest digit that as many entries as are wanted reach. After the last digit the threshold is what was
// found, or stays where fewer entries lie above it. In the last round turns the spans' counts into how many entries above
// the threshold come before each span, and says how many equal to it fit (none where it is 0: zeros are never selected).
// One workgroup.
@group(0) @binding(0) var<storage, read_write> partial: array<u32>;
// [0] the threshold's bits, [1] how many entries equal to it fit, [2] fresh entries, later those equal to the threshold
// in the rows before, [3] and [5] entries held, in turn, [4] the digits so far
@group(0) @binding(1) var<storage, read_write> state: array<u32>;

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
@group(0) @binding(2) var<uniform> round: Round;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  if (round.leaves == 3u) {
    var total = 0u;
    for (var first = 0u; first < round.spans; first += WORKGROUP_SIZE) {
      let g = first + lane;
      var count = 0u;
      if (g < round.spans) { count = partial[g * 16u]; }
      let before = workgroupPrefix(count, lane);
      let found = workgroupCount(count, lane);
      if (g < round.spans) { partial[g * 16u] = total + before; }
      total += found;
    }
    if (lane == 0u) {
      state[round.next] = total;
      state[1] = select(round.wanted - min(round.wanted, total), 0u, state[0] == 0u);
    }
    return;
  }
  var digit = 0u;
  for (var d = 1u; d < 16u; d++) {
    var sum = 0u;
    for (var g = lane; g < round.spans; g += WORKGROUP_SIZE) { sum += partial[g * 16u + d]; }
    digit += select(0u, 1u, workgroupCount(sum, lane) >= round.wanted);
  }
  if (lane == 0u) {
    let known = select(state[4], 0u, round.top == 1u) | (digit << round.shift);
    state[4] = known;
    if (round.leaves == 1u) { state[0] = known - min(known, 1u); }   // entries of the bound's own bits are above
    if (round.leaves == 2u) { state[0] = max(state[0], known); }
  }
}
