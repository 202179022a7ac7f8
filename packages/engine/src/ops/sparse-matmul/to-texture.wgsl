// y = x, in the order of texture.ts. x (COUNT) vec4f. A workgroup takes WORKGROUP_SIZE · RUN neighbours.
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var y: texture_storage_2d<rgba32float, write>;

override COUNT: u32;
override TEXELS: u32;   // of a row of the texture
override WORKGROUP_SIZE: u32;
override RUN: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let begin = (group.y * groups.x + group.x) * WORKGROUP_SIZE * RUN + lane;
  for (var i = begin; i < min(begin + WORKGROUP_SIZE * RUN, COUNT); i += WORKGROUP_SIZE) {
    textureStore(y, vec2u(i % TEXELS, i / TEXELS), x[i]);
  }
}
