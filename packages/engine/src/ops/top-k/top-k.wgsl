// y[b] keeps the K largest positive entries of x[b] and zeros the rest; ties go to the lowest index. x, y (B,F)
// One workgroup a row: positive floats order as their bits do, so a bisection over bits finds the K-th largest
// value exactly; a pass in index order then takes everything above it and as many equal to it as fit.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

override ROWS: u32;
override WIDTH: u32;
override K: u32;

fn orderedBits(v: f32) -> u32 { return select(0u, bitcast<u32>(v), v > 0.0); }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  let start = row * WIDTH;
  // The largest threshold that at least K entries reach, or 1 (any positive value) when fewer than K are positive.
  var low = 1u;
  var high = 0x7f800001u;
  for (var round = 0u; round < 31u; round++) {
    let middle = low + (high - low) / 2u;
    var reached = 0u;
    for (var i = lane; i < WIDTH; i += WORKGROUP_SIZE) { reached += select(0u, 1u, orderedBits(x[start + i]) >= middle); }
    let enough = workgroupCount(reached, lane) >= K && middle > low;
    low = select(low, middle, enough);
    high = select(middle, high, enough || middle == low);
  }
  var above = 0u;
  for (var i = lane; i < WIDTH; i += WORKGROUP_SIZE) { above += select(0u, 1u, orderedBits(x[start + i]) > low); }
  // Entries equal to the threshold that fit, counted in index order across lanes.
  var room = K - min(K, workgroupCount(above, lane));
  for (var i = 0u; i < WIDTH; i += WORKGROUP_SIZE) {
    let at = i + lane;
    var bits = 0u;
    if (at < WIDTH) { bits = orderedBits(x[start + at]); }
    let equal = select(0u, 1u, bits == low);
    let before = workgroupPrefix(equal, lane);
    let found = workgroupCount(equal, lane);
    if (at < WIDTH) { y[start + at] = select(0.0, bitcast<f32>(bits), bits > low || (equal == 1u && before < room)); }
    room -= min(room, found);
  }
}
