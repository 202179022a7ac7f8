// mean backward: dx_n = dy / N, four at a time. dy (1) -> dx (N)
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read_write> dx: array<vec4f>;

struct Here {
  count: u32,   // vec4s
  run: u32,     // vec4s of a thread
  divisor: u32,   // N
}
@group(0) @binding(2) var<uniform> here: Here;

override WORKGROUP_SIZE: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * WORKGROUP_SIZE * here.run + lane;
  let d = vec4f(dy[0] / f32(here.divisor));
  for (var i = first; i < min(first + WORKGROUP_SIZE * here.run, here.count); i += WORKGROUP_SIZE) { dx[i] = d; }
}
