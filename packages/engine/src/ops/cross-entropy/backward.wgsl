// cross-entropy backward: dLogits_nv = dLoss_n · (exp(logit_nv - logSum_n) - [v = target_n]). One thread an element.
@group(0) @binding(0) var<storage, read> logits: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> logSum: array<f32>;
@group(0) @binding(3) var<storage, read> dLoss: array<f32>;
@group(0) @binding(4) var<storage, read_write> dLogits: array<f32>;

override COUNT: u32;
override VOCABULARY: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= COUNT) { return; }
  let row = i / VOCABULARY;
  let isTarget = select(0.0, 1.0, i % VOCABULARY == targets[row]);
  dLogits[i] = dLoss[row] * (exp(logits[i] - logSum[row]) - isTarget);
}
