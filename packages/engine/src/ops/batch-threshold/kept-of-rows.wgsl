// kept[b] = (T, C): of row b of x (B,F) what exceeds T is kept, and what equals it in columns up to C. Of the entries that
// equal the threshold the first state[1] in row-major order are. One thread a row: at most one row of all keeps some of
// its own and not others, and has to be looked at.
@group(0) @binding(3) var<storage, read> counts: array<u32>;   // counts[b,1]: how many come before row b; state[2]: of all
@group(0) @binding(4) var<storage, read_write> kept: array<u32>;
@group(0) @binding(5) var<uniform> here: Here;

const ALL = 0xffffffffu;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= here.rows) { return; }
  let threshold = state[0];
  let before = counts[row * 2u + 1u];
  let room = state[1] - min(state[1], before);
  var end = state[2];
  if (row + 1u < here.rows) { end = counts[row * 2u + 3u]; }
  var top = threshold;
  var last = ALL;
  if (room == 0u) {
    top = threshold + 1u;   // what equals a threshold one bit higher exceeds this one
  } else if (end - before > room) {
    last = columnOfTie(row, threshold, room);
  }
  kept[row * 2u] = top;
  kept[row * 2u + 1u] = last;
}

// The column of the row's tie number `wanted`.
fn columnOfTie(row: u32, threshold: u32, wanted: u32) -> u32 {
  let width = (1u << here.shift) / COLUMN_WIDTH;
  var found = 0u;
  for (var g = 0u; g < here.groups; g++) {
    if (maxima[row * here.groups + g] < threshold) { continue; }
    for (var c = g * width; c < min((g + 1u) * width, here.columns); c++) {
      let v = x[row * here.columns + c];
      for (var i = 0u; i < COLUMN_WIDTH; i++) {
        found += select(0u, 1u, bitcast<u32>(columnElement(v, i)) == threshold);
        if (found == wanted) { return c * COLUMN_WIDTH + i; }
      }
    }
  }
  return ALL;
}
