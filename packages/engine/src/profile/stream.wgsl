// y = a, or with TRIAD = 1: y = a + 3·b, element by element: what memory gives when nothing else is in the way.
// a, b, y (4·COUNT). A thread takes PER_THREAD vec4s, a workgroup's side by side.
@group(0) @binding(0) var<storage, read> a: array<vec4f>;
@group(0) @binding(1) var<storage, read> b: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

override WORKGROUP_SIZE: u32;
override COUNT: u32;   // vec4s
override PER_THREAD: u32;
override TRIAD: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * WORKGROUP_SIZE * PER_THREAD + lane;
  for (var n = 0u; n < PER_THREAD; n++) {
    let i = first + n * WORKGROUP_SIZE;
    if (i >= COUNT) { return; }
    if (TRIAD == 1u) { y[i] = fma(vec4f(3.0), b[i], a[i]); } else { y[i] = a[i]; }
  }
}
