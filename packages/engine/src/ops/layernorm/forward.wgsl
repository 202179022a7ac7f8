// layernorm forward: y = (x - mean) · rstd · gain + bias. A workgroup takes RUN rows, one after another.
// x (N,D)  gain (D)  bias (D)  ->  result = y (N,D)  statistics (N): mean and rstd, kept for backward.
@group(0) @binding(0) var<storage, read> x: array<Column>;
@group(0) @binding(1) var<storage, read> gain: array<Column>;
@group(0) @binding(2) var<storage, read> bias: array<Column>;
@group(0) @binding(3) var<storage, read_write> result: array<Stored>;
@group(0) @binding(4) var<storage, read_write> statistics: array<vec2f>;

override ROWS: u32;
override WIDTH: u32;
override EPSILON: f32;
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
    var sum = Column();
    for (var c = wholeFrom(offset) + lane; c < end; c += WORKGROUP_SIZE) { sum += x[start + c]; }
    if (EDGES) { sum += select(Column(), x[at], mine); }
    let mean = workgroupSum(columnTotal(sum), lane) / f32(WIDTH);
    // Two passes: subtracting the mean first avoids the cancellation of E[x²] - E[x]².
    var squares = Column();
    for (var c = wholeFrom(offset) + lane; c < end; c += WORKGROUP_SIZE) {
      let d = x[start + c] - mean;
      squares += d * d;
    }
    if (EDGES) {
      let d = select(Column(), x[at] - mean, mine);
      squares += d * d;
    }
    let rstd = inverseSqrt(workgroupSum(columnTotal(squares), lane) / f32(WIDTH) + EPSILON);
    for (var c = wholeFrom(offset) + lane; c < end; c += WORKGROUP_SIZE) {
      put(start + c, normal(x[start + c], mean, rstd, offset, c));
    }
    if (EDGES) {
      let v = normal(x[at], mean, rstd, offset, at - start);
      putEdge(at, mine, v);
    }
    if (lane == 0u) { statistics[row] = vec2f(mean, rstd); }
  }
}

fn normal(v: Column, mean: f32, rstd: f32, offset: u32, c: u32) -> Column {
  let here = hereOf(offset, c);
  if (!EDGES) { return (v - mean) * rstd * gain[here] + bias[here]; }
  let next = nextOf(offset, WIDTH, c);
  let shift = shiftOf(offset);
  return (v - mean) * rstd * shifted(gain[here], gain[next], shift) + shifted(bias[here], bias[next], shift);
}
