// cross-entropy forward: loss_n = log sum_v exp(logit_nv) - logit_n,target; one workgroup a row.
// logits (N,V)  targets (N)  ->  loss (N)  logSum (N), kept for backward.
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> logSum: array<f32>;

override ROWS: u32;
override VOCABULARY: u32;

const LOWEST = -3.4e38;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  let start = row * VOCABULARY;
  var highest = LOWEST;
  for (var v = lane; v < VOCABULARY; v += WORKGROUP_SIZE) { highest = max(highest, logits[start + v]); }
  let top = workgroupMax(highest, lane);
  var sum = 0.0;
  for (var v = lane; v < VOCABULARY; v += WORKGROUP_SIZE) { sum += exp(logits[start + v] - top); }
  let total = log(workgroupSum(sum, lane)) + top;
  if (lane == 0u) {
    logSum[row] = total;
    loss[row] = total - logits[start + targets[row]];
  }
}
