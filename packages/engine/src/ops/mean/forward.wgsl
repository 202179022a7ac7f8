// mean forward: y_b = Σ x_i / here.divisor over one block of elements. x (N) -> y (BLOCKS)
// A workgroup takes a block of here.span elements. One block makes the mean of x; of several, a further pass over y (BLOCKS)
// does, and the divisor is 1 before it. The order is fixed, so results repeat to the bit.
@group(0) @binding(0) var<storage, read> x: array<vec4f>;   // padded to whole vec4s with anything
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

struct Here {
  count: u32,     // elements of x
  span: u32,      // a multiple of 4
  first: u32,     // element of y that the first block goes to
  divisor: u32,
}
@group(0) @binding(2) var<uniform> here: Here;

// Errors grow with the run length and with the number of runs, and not with their product.
const RUN = 16u;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let block = group.y * groups.x + group.x;
  let first = block * here.span;
  if (first >= here.count) { return; }
  let count = min(here.span, here.count - first);
  let end = first / 4u + count / 4u;
  var sum = vec4f();
  for (var run = first / 4u + lane; run < end; run += RUN * WORKGROUP_SIZE) {
    var part = vec4f();
    for (var i = run; i < min(run + RUN * WORKGROUP_SIZE, end); i += WORKGROUP_SIZE) { part += x[i]; }
    sum += part;
  }
  var total = sum.x + sum.y + sum.z + sum.w;
  // What is left of a division by four is the first lane's.
  for (var i = 0u; i < count % 4u; i++) { total += select(0.0, x[end][i], lane == 0u); }
  total = workgroupSum(total, lane);
  if (lane == 0u) { y[here.first + block] = total / f32(here.divisor); }
}
