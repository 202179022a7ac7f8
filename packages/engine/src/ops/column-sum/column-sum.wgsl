// y_d = Σ scale_n · x_nd over the rows n of one block: x (N,D) -> y (BLOCKS,D). A thread takes RUN Columns of one block, and the
// workgroups of a block are neighbours.
// Further passes over y (BLOCKS,D) give the whole sum; the order is fixed, so results repeat to the bit.
@group(0) @binding(0) var<storage, read> x: array<Column>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<Column>;

override ROWS: u32;
override COLUMNS: u32;   // D / COLUMN_WIDTH
override BLOCK_ROWS: u32;
override FIRST: u32;     // row of y that the first block of x goes to
override SCALED: u32;   // 0: scale is not read
override WORKGROUP_SIZE: u32;
override RUN: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let across = (COLUMNS + WORKGROUP_SIZE * RUN - 1u) / (WORKGROUP_SIZE * RUN);
  let g = group.y * groups.x + group.x;
  let block = g / across;
  let top = block * BLOCK_ROWS;
  if (top >= ROWS) { return; }
  let first = (g % across) * WORKGROUP_SIZE * RUN + lane;
  for (var c = first; c < min(first + WORKGROUP_SIZE * RUN, COLUMNS); c += WORKGROUP_SIZE) {
    var sum = Column();
    for (var row = top; row < min(top + BLOCK_ROWS, ROWS); row++) {
      var s = 1.0;
      if (SCALED == 1u) { s = scale[row]; }
      sum = fma(Column(s), x[row * COLUMNS + c], sum);
    }
    y[(FIRST + block) * COLUMNS + c] = sum;
  }
}
