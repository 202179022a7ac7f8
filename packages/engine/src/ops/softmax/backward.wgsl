// softmax backward: dx_j = SCALE · y_j · (dy_j - Σ y_i · dy_i). Hidden y are 0, so their gradients are too.
// A workgroup takes here.run rows, one after another. y, dy, result = dx (N,D)
@group(0) @binding(0) var<storage, read> y: array<Column>;
@group(0) @binding(1) var<storage, read> dy: array<Column>;
@group(0) @binding(2) var<storage, read_write> result: array<Stored>;

override SCALE: f32;

struct Here {
  rows: u32,      // N
  width: u32,     // D
  run: u32,
}
@group(0) @binding(3) var<uniform> here: Here;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * here.run;
  for (var row = first; row < min(first + here.run, here.rows); row++) {
    let offset = offsetOf(row * here.width);
    let start = row * here.width / COLUMN_WIDTH;
    let end = wholeEnd(offset, here.width);
    let at = start + edgeColumn(offset, here.width, lane);
    let mine = edge(offset, here.width, lane);
    var sum = Column();
    for (var c = wholeFrom(offset) + lane; c < end; c += WORKGROUP_SIZE) { sum = fma(y[start + c], dy[start + c], sum); }
    if (EDGES) { sum += select(Column(), y[at] * dy[at], mine); }
    let total = workgroupSum(columnTotal(sum), lane);
    for (var c = wholeFrom(offset) + lane; c < end; c += WORKGROUP_SIZE) {
      put(start + c, SCALE * y[start + c] * (dy[start + c] - total));
    }
    if (EDGES) {
      let v = SCALE * y[at] * (dy[at] - total);
      putEdge(at, mine, v);
    }
  }
}
