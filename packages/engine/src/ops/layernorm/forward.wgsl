// layernorm forward: y = (x - mean) · rstd · gain + bias, one workgroup a row.
// x (N,D)  gain (D)  bias (D)  ->  y (N,D)  statistics (N,2): mean and rstd, kept for backward.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> gain: array<f32>;
@group(0) @binding(2) var<storage, read> bias: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<f32>;
@group(0) @binding(4) var<storage, read_write> statistics: array<f32>;

override ROWS: u32;
override WIDTH: u32;
override EPSILON: f32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  let start = row * WIDTH;
  var sum = 0.0;
  for (var i = lane; i < WIDTH; i += WORKGROUP_SIZE) { sum += x[start + i]; }
  let mean = workgroupSum(sum, lane) / f32(WIDTH);
  // Two passes: subtracting the mean first avoids the cancellation of E[x²] - E[x]².
  var squares = 0.0;
  for (var i = lane; i < WIDTH; i += WORKGROUP_SIZE) {
    let d = x[start + i] - mean;
    squares += d * d;
  }
  let rstd = inverseSqrt(workgroupSum(squares, lane) / f32(WIDTH) + EPSILON);
  for (var i = lane; i < WIDTH; i += WORKGROUP_SIZE) {
    y[start + i] = (x[start + i] - mean) * rstd * gain[i] + bias[i];
  }
  if (lane == 0u) { statistics[row * 2u] = mean; statistics[row * 2u + 1u] = rstd; }
}
