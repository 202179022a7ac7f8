// f[b,j] = ReLU(exp(logScale_j) · u[b,j] + magnitudeBias_j) where u[b,j] + gateBias_j > 0, else 0.
// u (B,F)  gateBias, magnitudeBias, logScale (F)  ->  f (B,F). One thread an element.
@group(0) @binding(0) var<storage, read> u: array<f32>;
@group(0) @binding(1) var<storage, read> gateBias: array<f32>;
@group(0) @binding(2) var<storage, read> magnitudeBias: array<f32>;
@group(0) @binding(3) var<storage, read> logScale: array<f32>;
@group(0) @binding(4) var<storage, read_write> f: array<f32>;

override COUNT: u32;
override FEATURES: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= COUNT) { return; }
  let j = i % FEATURES;
  let gate = u[i] + gateBias[j];
  let magnitude = fma(exp(logScale[j]), u[i], magnitudeBias[j]);
  f[i] = select(0.0, max(magnitude, 0.0), gate > 0.0);
}
