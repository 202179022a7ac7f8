// y[b] keeps the K largest entries of x[b] in the columns whose idle count reaches IDLE, of whatever sign, and zeros the
// rest; ties go to the lowest index. x, y (B,F)  idle (F). One workgroup a row: see top-k, whose order of floats by bits is
// extended to negative ones here.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> idle: array<u32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override ROWS: u32;
override WIDTH: u32;
override K: u32;
override IDLE: u32;

// 0 for columns that do not take part; above it, in the order of the floats.
fn orderedBits(row: u32, column: u32) -> u32 {
  let bits = bitcast<u32>(x[row * WIDTH + column]);
  return select(0u, select(bits | 0x80000000u, ~bits, bits >= 0x80000000u), idle[column] >= IDLE);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  var candidates = 0u;
  for (var i = lane; i < WIDTH; i += WORKGROUP_SIZE) { candidates += select(0u, 1u, orderedBits(row, i) > 0u); }
  // The largest threshold that at least K entries reach; 1 (all that take part) when there are no more of them.
  var low = 1u;
  var high = 0xff800001u;
  let search = workgroupCount(candidates, lane) > K;
  for (var round = 0u; round < 32u; round++) {
    let middle = low + (high - low) / 2u;
    var reached = 0u;
    if (search) {
      for (var i = lane; i < WIDTH; i += WORKGROUP_SIZE) { reached += select(0u, 1u, orderedBits(row, i) >= middle); }
    }
    let enough = workgroupCount(reached, lane) >= K && middle > low;
    low = select(low, middle, enough);
    high = select(middle, high, enough || middle == low);
  }
  var above = 0u;
  for (var i = lane; i < WIDTH; i += WORKGROUP_SIZE) { above += select(0u, 1u, orderedBits(row, i) > low); }
  var room = K - min(K, workgroupCount(above, lane));
  for (var i = 0u; i < WIDTH; i += WORKGROUP_SIZE) {
    let at = i + lane;
    var bits = 0u;
    if (at < WIDTH) { bits = orderedBits(row, at); }
    let equal = select(0u, 1u, bits == low);
    let before = workgroupPrefix(equal, lane);
    let found = workgroupCount(equal, lane);
    if (at < WIDTH) { y[row * WIDTH + at] = select(0.0, x[row * WIDTH + at], bits > low || (equal == 1u && before < room)); }
    room -= min(room, found);
  }
}
