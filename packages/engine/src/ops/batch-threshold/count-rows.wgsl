// counts[b,0] = entries of row b of x (B,F) above the threshold; counts[b,1] = positive ones equal to it. Groups of columns
// whose maximum is lower are not read. One workgroup a row.
@group(0) @binding(3) var<storage, read_write> counts: array<u32>;
@group(0) @binding(4) var<uniform> here: Here;

fn orderedBits(v: Column) -> Places { return select(Places(), bitcast<Places>(v), v > Column()); }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= here.rows) { return; }
  let threshold = state[0];
  let width = (1u << here.shift) / COLUMN_WIDTH;
  // At most 32 columns a group, so floats count exactly.
  var above = 0u;
  var equal = 0u;
  for (var g = lane; g < here.groups; g += WORKGROUP_SIZE) {
    if (maxima[row * here.groups + g] < max(threshold, 1u)) { continue; }
    var aboveHere = Column();
    var equalHere = Column();
    for (var c = g * width; c < min((g + 1u) * width, here.columns); c++) {
      let bits = orderedBits(x[row * here.columns + c]);
      aboveHere += select(Column(), Column(1.0), bits > Places(threshold));
      equalHere += select(Column(), Column(1.0), bits == Places(threshold));
    }
    above += u32(columnTotal(aboveHere));
    equal += u32(columnTotal(equalHere));
  }
  let total = workgroupCount(above, lane);
  let same = workgroupCount(equal, lane);
  if (lane == 0u) { counts[row * 2u] = total; counts[row * 2u + 1u] = same; }
}
