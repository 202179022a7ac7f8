// Reconstructions x̂ᵍ of x by more and more features, g < G: d[g] = SCALE · Σ over g' >= g of (x̂ᵍ' - x), which is what
// features of group g are told; prefixLoss[b] = Σ_g |x̂ᵍ[b] - x[b]|² / G and rowLoss[b] = |x̂ of the last - x|².
// reconstructions (G·P,D), row b of prefix g at g·P + b  x (B,D)  ->  d (G·P,D), prefixLoss, rowLoss (B). One workgroup a row.
@group(0) @binding(0) var<storage, read> reconstructions: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> d: array<f32>;
@group(0) @binding(3) var<storage, read_write> prefixLoss: array<f32>;
@group(0) @binding(4) var<storage, read_write> rowLoss: array<f32>;

override ROWS: u32;
override WIDTH: u32;
override GROUPS: u32;   // G
override STRIDE: u32;   // P
override SCALE: f32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  var squares = 0.0;
  var lastSquares = 0.0;
  for (var c = lane; c < WIDTH; c += WORKGROUP_SIZE) {
    var sum = 0.0;
    for (var g = GROUPS; g > 0u; g--) {
      let at = ((g - 1u) * STRIDE + row) * WIDTH + c;
      let difference = reconstructions[at] - x[row * WIDTH + c];
      sum += difference;
      d[at] = SCALE * sum;
      squares = fma(difference, difference, squares);
      if (g == GROUPS) { lastSquares = fma(difference, difference, lastSquares); }
    }
  }
  let total = workgroupSum(squares, lane);
  let last = workgroupSum(lastSquares, lane);
  if (lane == 0u) {
    prefixLoss[row] = total / f32(GROUPS);
    rowLoss[row] = last;
  }
}
