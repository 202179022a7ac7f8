// mean forward: y = sum(x) / COUNT, one workgroup. x (N) -> y (1)
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read_write> y: array<f32>;

override COUNT: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  // Sums of sums: each lane adds runs of 64, so that the error grows with the run length and not with COUNT.
  var sum = 0.0;
  for (var run = lane * 64u; run < COUNT; run += WORKGROUP_SIZE * 64u) {
    var part = 0.0;
    for (var i = run; i < min(run + 64u, COUNT); i++) { part += x[i]; }
    sum += part;
  }
  let total = workgroupSum(sum, lane);
  if (lane == 0u) { y[0] = total / f32(COUNT); }
}
