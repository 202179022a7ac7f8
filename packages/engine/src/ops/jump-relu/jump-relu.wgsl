// f = x > θ_j ? max(x, 0) : 0. x (B,F)  threshold (F)  ->  f (B,F). One thread an element.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> threshold: array<f32>;
@group(0) @binding(2) var<storage, read_write> f: array<f32>;

override COUNT: u32;
override FEATURES: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= COUNT) { return; }
  f[i] = select(0.0, max(x[i], 0.0), x[i] > threshold[i % FEATURES]);
}
