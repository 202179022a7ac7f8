// y = a - factor · b, element by element; factor = scalars[FACTOR_SLOT] · FACTOR_SCALE.
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read> scalars: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

override COUNT: u32;   // vec4s
override WORKGROUP_SIZE: u32;
override RUN: u32;   // vec4s of a thread
override FACTOR_SLOT: u32;
override FACTOR_SCALE: f32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let factor = scalars[FACTOR_SLOT] * FACTOR_SCALE;
  let first = (group.y * groups.x + group.x) * WORKGROUP_SIZE * RUN + lane;
  for (var i = first; i < min(first + WORKGROUP_SIZE * RUN, COUNT); i += WORKGROUP_SIZE) { y[i] = a[i] - factor * b[i]; }
}
