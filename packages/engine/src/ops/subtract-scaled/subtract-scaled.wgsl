// y = a - factor · b, element by element; factor = scalars[FACTOR_SLOT] · FACTOR_SCALE.
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read> scalars: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

override COUNT: u32;   // vec4s
override FACTOR_SLOT: u32;
override FACTOR_SCALE: f32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= COUNT) { return; }
  y[i] = a[i] - scalars[FACTOR_SLOT] * FACTOR_SCALE * b[i];
}
