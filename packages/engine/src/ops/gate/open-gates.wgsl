// g[b,j] = ReLU(u[b,j] + gateBias_j). u (B,F)  gateBias (F)  ->  g (B,F). One thread an element.
@group(0) @binding(0) var<storage, read> u: array<f32>;
@group(0) @binding(1) var<storage, read> gateBias: array<f32>;
@group(0) @binding(2) var<storage, read_write> g: array<f32>;

override COUNT: u32;
override FEATURES: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i < COUNT) { g[i] = max(u[i] + gateBias[i % FEATURES], 0.0); }
}
