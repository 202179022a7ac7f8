// causal softmax: probabilities_j = exp(s_j - max) / sum over j <= t, and 0 beyond; one workgroup a row.
// scores (B·H,T,T) -> probabilities (B·H,T,T)
@group(0) @binding(0) var<storage, read> scores: array<f32>;
@group(0) @binding(1) var<storage, read_write> probabilities: array<f32>;

override ROWS: u32;      // B·H·T
override CONTEXT: u32;   // T

const LOWEST = -3.4e38;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  let start = row * CONTEXT;
  let visible = row % CONTEXT + 1u;
  var highest = LOWEST;
  for (var j = lane; j < visible; j += WORKGROUP_SIZE) { highest = max(highest, scores[start + j]); }
  let top = workgroupMax(highest, lane);
  var sum = 0.0;
  for (var j = lane; j < visible; j += WORKGROUP_SIZE) { sum += exp(scores[start + j] - top); }
  let inverse = 1.0 / workgroupSum(sum, lane);
  for (var j = lane; j < CONTEXT; j += WORKGROUP_SIZE) {
    var p = 0.0;
    if (j < visible) { p = exp(scores[start + j] - top) * inverse; }
    probabilities[start + j] = p;
  }
}
