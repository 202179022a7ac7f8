// softmax forward: y_j = exp(x_j - max x) / Σ exp(x_i - max x) over the visible elements of a row, 0 beyond them.
// A workgroup takes here.run rows, one after another. x, result = y (N,D)
// Rows come in matrices of here.height, of which the last row sees all and each row before it one element less.
@group(0) @binding(0) var<storage, read> x: array<Column>;
@group(0) @binding(1) var<storage, read_write> result: array<Stored>;

override CAUSAL: u32;   // 0 where every row sees all

struct Here {
  rows: u32,      // N
  width: u32,     // D
  run: u32,
  height: u32,   // of a matrix
  first: u32,     // place of the first row in its matrix
}
@group(0) @binding(2) var<uniform> here: Here;

const LOWEST = -3.4e38;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * here.run;
  for (var row = first; row < min(first + here.run, here.rows); row++) {
    let offset = offsetOf(row * here.width);
    let start = row * here.width / COLUMN_WIDTH;
    var visible = here.width;
    if (CAUSAL == 1u) { visible -= here.height - 1u - (here.first + row) % here.height; }
    let whole = wholeEnd(offset, here.width);
    let end = min(whole, (offset + visible + COLUMN_WIDTH - 1u) / COLUMN_WIDTH);
    // One pass for both: whenever a lane meets a new highest element, what it has summed is scaled down to it. Four
    // Columns at a time share that scaling.
    var highest = LOWEST;
    var sum = 0.0;
    var c = wholeFrom(offset) + lane;
    for (; c + 3u * WORKGROUP_SIZE < end; c += 4u * WORKGROUP_SIZE) {
      let at = start + c;
      let v0 = x[at];
      let v1 = x[at + WORKGROUP_SIZE];
      let v2 = x[at + 2u * WORKGROUP_SIZE];
      let v3 = seen(x[at + 3u * WORKGROUP_SIZE], offset, c + 3u * WORKGROUP_SIZE, visible);
      let next = max(highest, columnTop(max(max(v0, v1), max(v2, v3))));
      sum = rescaled(sum, highest, next) + columnTotal(exp(v0 - next) + exp(v1 - next) + exp(v2 - next) + exp(v3 - next));
      highest = next;
    }
    for (; c < end; c += WORKGROUP_SIZE) {
      let v = seen(x[start + c], offset, c, visible);
      let next = max(highest, columnTop(v));
      sum = rescaled(sum, highest, next) + columnTotal(exp(v - next));
      highest = next;
    }
    let at = start + edgeColumn(offset, here.width, lane);
    let mine = edge(offset, here.width, lane);
    if (EDGES) {
      let v = select(Column(LOWEST), seen(x[at], offset, at - start, visible), mine);
      let next = max(highest, columnTop(v));
      sum = rescaled(sum, highest, next) + columnTotal(select(Column(), exp(v - next), mine));
      highest = next;
    }
    let top = workgroupMax(highest, lane);
    let inverse = 1.0 / workgroupSum(sum * exp(highest - top), lane);
    c = wholeFrom(offset) + lane;
    // Two at a time: on CPU adapters a turn of the loop costs as much as an exponential.
    for (; c + WORKGROUP_SIZE < end; c += 2u * WORKGROUP_SIZE) {
      let v0 = x[start + c];
      let v1 = seen(x[start + c + WORKGROUP_SIZE], offset, c + WORKGROUP_SIZE, visible);
      put(start + c, exp(v0 - top) * inverse);
      put(start + c + WORKGROUP_SIZE, exp(v1 - top) * inverse);
    }
    for (; c < end; c += WORKGROUP_SIZE) { put(start + c, exp(seen(x[start + c], offset, c, visible) - top) * inverse); }
    for (c = max(end, wholeFrom(offset)) + lane; c < whole; c += WORKGROUP_SIZE) { put(start + c, Column()); }
    if (EDGES) {
      let v = exp(seen(x[at], offset, at - start, visible) - top) * inverse;
      putEdge(at, mine, v);
    }
  }
}

// An exponential of 0 need not be exactly 1.
fn rescaled(sum: f32, highest: f32, next: f32) -> f32 { return select(sum * exp(highest - next), sum, next == highest); }

// An exponential of the lowest number, less anything, is 0.
fn seen(v: Column, offset: u32, c: u32, visible: u32) -> Column {
  if (CAUSAL == 0u) { return v; }
  return select(Column(LOWEST), v, columnPlaces(c) - Places(offset) < Places(visible));
}
