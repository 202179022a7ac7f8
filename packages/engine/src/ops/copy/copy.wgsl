// y = x, four elements at a time.
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4f>;

override COUNT: u32;   // vec4s
override WORKGROUP_SIZE: u32;
override RUN: u32;   // vec4s of a thread

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * WORKGROUP_SIZE * RUN + lane;
  for (var i = first; i < min(first + WORKGROUP_SIZE * RUN, COUNT); i += WORKGROUP_SIZE) { y[i] = x[i]; }
}
