// Turns a column of the rows' counts (B,2) into how many come before each row, and leaves all of them in state[2]: with
// goesOn = 1 counting from what it held. One workgroup.
@group(0) @binding(0) var<storage, read_write> counts: array<u32>;
@group(0) @binding(1) var<storage, read_write> state: array<u32>;

struct Here { rows: u32, column: u32, goesOn: u32 }
@group(0) @binding(2) var<uniform> here: Here;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  var total = 0u;
  if (here.goesOn == 1u) { total = state[2]; }
  for (var first = 0u; first < here.rows; first += WORKGROUP_SIZE) {
    let row = first + lane;
    var count = 0u;
    if (row < here.rows) { count = counts[row * 2u + here.column]; }
    let before = workgroupPrefix(count, lane);
    let found = workgroupCount(count, lane);
    if (row < here.rows) { counts[row * 2u + here.column] = total + before; }
    total += found;
  }
  if (lane == 0u) { state[2] = total; }
}
