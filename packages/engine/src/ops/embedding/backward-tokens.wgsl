// embedding backward, token table: dTable[v] = sum of dx[n] over the positions n that hold token v, in order of n.
// order (N) lists positions grouped by token; starts (V+1) says where each token's group begins. One thread an
// element of the table: a gather, because WGSL has no float atomics, and so that the sum repeats to the bit.
@group(0) @binding(0) var<storage, read> dx: array<f32>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> dTable: array<f32>;

override COUNT: u32;
override WIDTH: u32;
override FIRST: u32;   // the first token of dTable, which may be a block of the table's rows

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= COUNT) { return; }
  let token = FIRST + i / WIDTH;
  let d = i % WIDTH;
  var sum = 0.0;
  for (var e = starts[token]; e < starts[token + 1u]; e++) { sum += dx[order[e] * WIDTH + d]; }
  dTable[i] = sum;
}
