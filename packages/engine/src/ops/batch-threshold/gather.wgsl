// fresh, from counts[b,0] on, becomes the bits of what lies above the threshold in row b of x (B,F), in the order of
// columns. Groups of columns whose maximum is lower are not read. One workgroup a row.
@group(0) @binding(3) var<storage, read> counts: array<u32>;
@group(0) @binding(4) var<storage, read_write> fresh: array<u32>;
@group(0) @binding(5) var<uniform> here: Here;

fn orderedBits(v: f32) -> u32 { return select(0u, bitcast<u32>(v), v > 0.0); }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= here.rows) { return; }
  let threshold = state[0];
  let width = (1u << here.shift) / COLUMN_WIDTH;
  var at = counts[row * 2u];
  for (var first = 0u; first < here.groups; first += WORKGROUP_SIZE) {
    let g = first + lane;
    let begin = g * width;
    var end = begin;
    if (g < here.groups && maxima[row * here.groups + min(g, here.groups - 1u)] > threshold) { end = min(begin + width, here.columns); }
    var above = 0u;
    for (var c = begin; c < end; c++) {
      let v = x[row * here.columns + c];
      for (var i = 0u; i < COLUMN_WIDTH; i++) { above += select(0u, 1u, orderedBits(columnElement(v, i)) > threshold); }
    }
    let before = workgroupPrefix(above, lane);
    let found = workgroupCount(above, lane);
    var next = at + before;
    if (above > 0u) {
      for (var c = begin; c < end; c++) {
        let v = x[row * here.columns + c];
        for (var i = 0u; i < COLUMN_WIDTH; i++) {
          let bits = orderedBits(columnElement(v, i));
          if (bits > threshold) {
            fresh[next] = bits;
            next++;
          }
        }
      }
    }
    at += found;
  }
}
