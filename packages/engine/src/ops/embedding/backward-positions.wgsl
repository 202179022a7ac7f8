// embedding backward, position table: dTable[t] = sum over sequences b of dx[b · CONTEXT + t]. One thread an element.
@group(0) @binding(0) var<storage, read> dx: array<f32>;
@group(0) @binding(1) var<storage, read_write> dTable: array<f32>;

override COUNT: u32;       // elements of the table
override SEQUENCE: u32;    // elements of one sequence: CONTEXT · D
override SEQUENCES: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= COUNT) { return; }
  var sum = 0.0;
  if (i < SEQUENCE) {   // positions beyond the context of this program have no gradient
    for (var b = 0u; b < SEQUENCES; b++) { sum += dx[b * SEQUENCE + i]; }
  }
  dTable[i] = sum;
}
