// layernorm backward, input: with n = (x - mean) · rstd and g = dy · gain,
// dx = rstd · (g - mean(g) - n · mean(g · n)). A workgroup takes RUN rows, one after another.
// dy, x, result = dx (N,D)  gain (D)  statistics (N)
@group(0) @binding(0) var<storage, read> dy: array<Column>;
@group(0) @binding(1) var<storage, read> x: array<Column>;
@group(0) @binding(2) var<storage, read> gain: array<Column>;
@group(0) @binding(3) var<storage, read> statistics: array<vec2f>;
@group(0) @binding(4) var<storage, read_write> result: array<Stored>;

override ROWS: u32;
override WIDTH: u32;
override RUN: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * RUN;
  for (var row = first; row < min(first + RUN, ROWS); row++) {
    let offset = offsetOf(row * WIDTH);
    let start = row * WIDTH / COLUMN_WIDTH;
    let end = wholeEnd(offset, WIDTH);
    let at = start + edgeColumn(offset, WIDTH, lane);
    let mine = edge(offset, WIDTH, lane);
    let mean = statistics[row].x;
    let rstd = statistics[row].y;
    var sumG = Column();
    var sumGN = Column();
    for (var c = wholeFrom(offset) + lane; c < end; c += WORKGROUP_SIZE) {
      let g = dy[start + c] * gains(offset, c);
      sumG += g;
      sumGN += g * ((x[start + c] - mean) * rstd);
    }
    if (EDGES) {
      let g = select(Column(), dy[at] * gains(offset, at - start), mine);
      sumG += g;
      sumGN += g * select(Column(), (x[at] - mean) * rstd, mine);
    }
    let meanG = workgroupSum(columnTotal(sumG), lane) / f32(WIDTH);
    let meanGN = workgroupSum(columnTotal(sumGN), lane) / f32(WIDTH);
    for (var c = wholeFrom(offset) + lane; c < end; c += WORKGROUP_SIZE) {
      let n = (x[start + c] - mean) * rstd;
      put(start + c, rstd * (dy[start + c] * gains(offset, c) - meanG - n * meanGN));
    }
    if (EDGES) {
      let n = (x[at] - mean) * rstd;
      let v = rstd * (dy[at] * gains(offset, at - start) - meanG - n * meanGN);
      putEdge(at, mine, v);
    }
  }
}

fn gains(offset: u32, c: u32) -> Column {
  if (!EDGES) { return gain[c]; }
  return shifted(gain[hereOf(offset, c)], gain[nextOf(offset, WIDTH, c)], shiftOf(offset));
}
