// y_d = Σ scale_n · x_nd over the rows n of one block: x (N,D) -> y (BLOCKS,D). A thread takes RUN Columns of one block.
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
fn main(@builtin(workgroup_id) group: vec3u, @builtin(local_invocation_index) lane: u32) {
  let top = group.y * BLOCK_ROWS;
  let first = group.x * WORKGROUP_SIZE * RUN + lane;
  for (var c = first; c < min(first + WORKGROUP_SIZE * RUN, COLUMNS); c += WORKGROUP_SIZE) {
    var sum = Column();
    for (var row = top; row < min(top + BLOCK_ROWS, ROWS); row++) {
      var s = 1.0;
      if (SCALED == 1u) { s = scale[row]; }
      sum = fma(Column(s), x[row * COLUMNS + c], sum);
    }
    y[(FIRST + group.y) * COLUMNS + c] = sum;
  }
}
