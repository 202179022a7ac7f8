// layernorm backward, gain: the terms dy · (x - mean) · rstd (N,D), whose column sums are the gain's gradient.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> statistics: array<f32>;
@group(0) @binding(3) var<storage, read_write> terms: array<f32>;

override COUNT: u32;
override WIDTH: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= COUNT) { return; }
  let row = i / WIDTH;
  terms[i] = dy[i] * (x[i] - statistics[row * 2u]) * statistics[row * 2u + 1u];
}
