// From sums over a batch of h = the gradient by the magnitude's pre-activation exp(r)·u + m where f > 0, of f·h, and of
// the gradient k by the gate u + gateBias:
//   dLogScale = Σ h·exp(r)·u = Σ f·h - m·Σ h    through = Σ (the gradient by u) = exp(r)·Σ h + Σ k
// All (F). One thread an element.
@group(0) @binding(0) var<storage, read> sumH: array<f32>;
@group(0) @binding(1) var<storage, read> sumFH: array<f32>;
@group(0) @binding(2) var<storage, read> sumK: array<f32>;
@group(0) @binding(3) var<storage, read> magnitudeBias: array<f32>;
@group(0) @binding(4) var<storage, read> logScale: array<f32>;
@group(0) @binding(5) var<storage, read_write> dLogScale: array<f32>;
@group(0) @binding(6) var<storage, read_write> through: array<f32>;

override COUNT: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let j = id.y * groups.x * 64u + id.x;
  if (j >= COUNT) { return; }
  dLogScale[j] = sumFH[j] - magnitudeBias[j] * sumH[j];
  through[j] = fma(exp(logScale[j]), sumH[j], sumK[j]);
}
