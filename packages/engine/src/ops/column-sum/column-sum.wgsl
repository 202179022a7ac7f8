// y_d = sum over rows n of scale_n · x_nd, for one block of rows: x (N,D) -> y (BLOCKS,D). One thread a column and block.
// A second pass over y (BLOCKS,D) gives the whole sum; the order is fixed, so results repeat to the bit.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> scale: array<f32>;
@group(0) @binding(2) var<storage, read_write> y: array<f32>;

override ROWS: u32;
override COLUMNS: u32;
override BLOCK_ROWS: u32;
override SCALED: u32;   // 0: scale is not read

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u) {
  let column = id.x;
  if (column >= COLUMNS) { return; }
  let first = id.y * BLOCK_ROWS;
  var sum = 0.0;
  for (var row = first; row < min(first + BLOCK_ROWS, ROWS); row++) {
    var s = 1.0;
    if (SCALED == 1u) { s = scale[row]; }
    sum = fma(s, x[row * COLUMNS + column], sum);
  }
  y[id.y * COLUMNS + column] = sum;
}
