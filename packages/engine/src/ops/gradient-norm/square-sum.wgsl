// total = before + Σ x, or with SQUARED = 1 before + Σ x². x (COUNT) -> total (1). One workgroup.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> before: array<f32>;
@group(0) @binding(2) var<storage, read_write> total: array<f32>;

override COUNT: u32;
override SQUARED: u32;
override FIRST: u32;   // 1: before is not read

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  // Blocks of 64 elements a lane are summed by themselves first, which keeps long sums exact.
  var sum = 0.0;
  for (var block = 0u; block < COUNT; block += 64u * WORKGROUP_SIZE) {
    var part = 0.0;
    for (var i = block + lane; i < min(block + 64u * WORKGROUP_SIZE, COUNT); i += WORKGROUP_SIZE) {
      part += select(x[i], x[i] * x[i], SQUARED == 1u);
    }
    sum += part;
  }
  let all = workgroupSum(sum, lane);
  if (lane == 0u) {
    if (FIRST == 1u) { total[0] = all; } else { total[0] = before[0] + all; }
  }
}
