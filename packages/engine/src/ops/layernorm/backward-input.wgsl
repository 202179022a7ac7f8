// layernorm backward, input: with n = (x - mean) · rstd and g = dy · gain,
// dx = rstd · (g - mean(g) - n · mean(g · n)). A workgroup takes RUN rows, one after another.
// dy, x, dx (N,D)  gain (D)  statistics (N)
@group(0) @binding(0) var<storage, read> dy: array<Column>;
@group(0) @binding(1) var<storage, read> x: array<Column>;
@group(0) @binding(2) var<storage, read> gain: array<Column>;
@group(0) @binding(3) var<storage, read> statistics: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> dx: array<Column>;

override ROWS: u32;
override WIDTH: u32;
override RUN: u32;
override COLUMNS: u32 = WIDTH / COLUMN_WIDTH;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * RUN;
  for (var row = first; row < min(first + RUN, ROWS); row++) {
    let start = row * COLUMNS;
    let mean = statistics[row].x;
    let rstd = statistics[row].y;
    var sumG = Column();
    var sumGN = Column();
    for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
      let g = dy[start + c] * gain[c];
      sumG += g;
      sumGN += g * ((x[start + c] - mean) * rstd);
    }
    let meanG = workgroupSum(columnTotal(sumG), lane) / f32(WIDTH);
    let meanGN = workgroupSum(columnTotal(sumGN), lane) / f32(WIDTH);
    for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
      let n = (x[start + c] - mean) * rstd;
      dx[start + c] = rstd * (dy[start + c] * gain[c] - meanG - n * meanGN);
    }
  }
}
