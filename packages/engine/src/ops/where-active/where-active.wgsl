// y = f > 0 ? x + offset : 0, element by element; offset = scalars[OFFSET_SLOT] · OFFSET_SCALE. x, f, y (B,F)
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> f: array<vec4f>;
@group(0) @binding(2) var<storage, read> scalars: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4f>;

override COUNT: u32;   // vec4s
override WORKGROUP_SIZE: u32;
override RUN: u32;   // vec4s of a thread
override OFFSET_SLOT: u32;
override OFFSET_SCALE: f32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let offset = scalars[OFFSET_SLOT] * OFFSET_SCALE;
  let first = (group.y * groups.x + group.x) * WORKGROUP_SIZE * RUN + lane;
  for (var i = first; i < min(first + WORKGROUP_SIZE * RUN, COUNT); i += WORKGROUP_SIZE) {
    y[i] = select(vec4f(), x[i] + offset, f[i] > vec4f());
  }
}
