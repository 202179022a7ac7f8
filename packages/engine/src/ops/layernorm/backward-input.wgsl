// layernorm backward, input: with n = (x - mean) · rstd and g = dy · gain,
// dx = rstd · (g - mean(g) - n · mean(g · n)), one workgroup a row.
@group(0) @binding(0) var<storage, read> dy: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read> gain: array<f32>;
@group(0) @binding(3) var<storage, read> statistics: array<f32>;
@group(0) @binding(4) var<storage, read_write> dx: array<f32>;

override ROWS: u32;
override WIDTH: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  let start = row * WIDTH;
  let mean = statistics[row * 2u];
  let rstd = statistics[row * 2u + 1u];
  var sumG = 0.0;
  var sumGN = 0.0;
  for (var i = lane; i < WIDTH; i += WORKGROUP_SIZE) {
    let g = dy[start + i] * gain[i];
    sumG += g;
    sumGN += g * (x[start + i] - mean) * rstd;
  }
  let meanG = workgroupSum(sumG, lane) / f32(WIDTH);
  let meanGN = workgroupSum(sumGN, lane) / f32(WIDTH);
  for (var i = lane; i < WIDTH; i += WORKGROUP_SIZE) {
    let n = (x[start + i] - mean) * rstd;
    dx[start + i] = rstd * (dy[start + i] * gain[i] - meanG - n * meanGN);
  }
}
