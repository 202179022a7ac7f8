// layernorm forward: y = (x - mean) · rstd · gain + bias. A workgroup takes RUN rows, one after another.
// x (N,D)  gain (D)  bias (D)  ->  y (N,D)  statistics (N): mean and rstd, kept for backward.
@group(0) @binding(0) var<storage, read> x: array<Column>;
@group(0) @binding(1) var<storage, read> gain: array<Column>;
@group(0) @binding(2) var<storage, read> bias: array<Column>;
@group(0) @binding(3) var<storage, read_write> y: array<Column>;
@group(0) @binding(4) var<storage, read_write> statistics: array<vec2f>;

override ROWS: u32;
override WIDTH: u32;
override EPSILON: f32;
override RUN: u32;
override COLUMNS: u32 = WIDTH / COLUMN_WIDTH;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * RUN;
  for (var row = first; row < min(first + RUN, ROWS); row++) {
    let start = row * COLUMNS;
    var sum = Column();
    for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) { sum += x[start + c]; }
    let mean = workgroupSum(columnTotal(sum), lane) / f32(WIDTH);
    // Two passes: subtracting the mean first avoids the cancellation of E[x²] - E[x]².
    var squares = Column();
    for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
      let d = x[start + c] - mean;
      squares += d * d;
    }
    let rstd = inverseSqrt(workgroupSum(columnTotal(squares), lane) / f32(WIDTH) + EPSILON);
    for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
      y[start + c] = (x[start + c] - mean) * rstd * gain[c] + bias[c];
    }
    if (lane == 0u) { statistics[row] = vec2f(mean, rstd); }
  }
}
