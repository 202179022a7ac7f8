// Sums the rows' counts; keeps the candidate bit if WANTED entries reach it. In the last round it instead says how many
// entries equal to the threshold fit (none where the threshold is 0: zeros are never selected), and turns the rows'
// equal counts into how many come before each row. One workgroup.
@group(0) @binding(0) var<storage, read_write> counts: array<u32>;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;

override ROWS: u32;
override WANTED: u32;

struct Round { bit: u32, first: u32, last: u32 }
@group(0) @binding(2) var<uniform> round: Round;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  var sum = 0u;
  for (var row = lane; row < ROWS; row += WORKGROUP_SIZE) { sum += counts[row * 2u]; }
  let total = workgroupCount(sum, lane);
  if (lane != 0u) { return; }
  let known = select(state[0], 0u, round.first == 1u);
  if (round.last == 0u) {
    state[0] = select(known, known | (1u << round.bit), total >= WANTED);
    return;
  }
  state[1] = select(WANTED - min(WANTED, total), 0u, known == 0u);
  var before = 0u;
  for (var row = 0u; row < ROWS; row++) {
    let same = counts[row * 2u + 1u];
    counts[row * 2u + 1u] = before;
    before += same;
  }
}
