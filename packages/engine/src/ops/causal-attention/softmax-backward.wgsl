// softmax backward: dScores_j = scale · p_j · (dp_j - sum_i p_i · dp_i); one workgroup a row. Masked p are 0, so their
// gradients are too.
@group(0) @binding(0) var<storage, read> probabilities: array<f32>;
@group(0) @binding(1) var<storage, read> dProbabilities: array<f32>;
@group(0) @binding(2) var<storage, read_write> dScores: array<f32>;

override ROWS: u32;
override CONTEXT: u32;
override SCALE: f32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  let start = row * CONTEXT;
  var sum = 0.0;
  for (var j = lane; j < CONTEXT; j += WORKGROUP_SIZE) { sum += probabilities[start + j] * dProbabilities[start + j]; }
  let total = workgroupSum(sum, lane);
  for (var j = lane; j < CONTEXT; j += WORKGROUP_SIZE) {
    dScores[start + j] = SCALE * probabilities[start + j] * (dProbabilities[start + j] - total);
  }
}
