// near = |x - θ_j| < BANDWIDTH / 2 ? 1 : 0: where the threshold's gradient lives. x (B,F)  threshold (F)  ->  near (B,F).
// One thread an element.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> threshold: array<f32>;
@group(0) @binding(2) var<storage, read_write> near: array<f32>;

override COUNT: u32;
override FEATURES: u32;
override BANDWIDTH: f32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= COUNT) { return; }
  near[i] = select(0.0, 1.0, abs(x[i] - threshold[i % FEATURES]) < 0.5 * BANDWIDTH);
}
