// d = SCALE · (reconstruction - x) and rowLoss[b] = |reconstruction[b] - x[b]|². A workgroup takes RUN rows, one after
// another. reconstruction, x (B,D) -> d (B,D), rowLoss (B)
@group(0) @binding(0) var<storage, read> reconstruction: array<Column>;
@group(0) @binding(1) var<storage, read> x: array<Column>;
@group(0) @binding(2) var<storage, read_write> d: array<Column>;
@group(0) @binding(3) var<storage, read_write> rowLoss: array<f32>;

override ROWS: u32;
override WIDTH: u32;
override SCALE: f32;
override RUN: u32;
override COLUMNS: u32 = WIDTH / COLUMN_WIDTH;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * RUN;
  for (var row = first; row < min(first + RUN, ROWS); row++) {
    var squares = Column();
    for (var c = row * COLUMNS + lane; c < (row + 1u) * COLUMNS; c += WORKGROUP_SIZE) {
      let difference = reconstruction[c] - x[c];
      squares = fma(difference, difference, squares);
      d[c] = SCALE * difference;
    }
    let total = workgroupSum(columnTotal(squares), lane);
    if (lane == 0u) { rowLoss[row] = total; }
  }
}
