// y = f > 0 ? x + offset : 0, element by element; offset = scalars[OFFSET_SLOT] · OFFSET_SCALE. x, f, y (B,F)
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> f: array<vec4f>;
@group(0) @binding(2) var<storage, read> scalars: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

override COUNT: u32;   // vec4s
override OFFSET_SLOT: u32;
override OFFSET_SCALE: f32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= COUNT) { return; }
  y[i] = select(vec4f(), x[i] + scalars[OFFSET_SLOT] * OFFSET_SCALE, f[i] > vec4f());
}
