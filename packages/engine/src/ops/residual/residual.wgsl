// d = scale · (reconstruction - x) and rowLoss[b] = |reconstruction[b] - x[b]|²; one workgroup a row.
// reconstruction, x (B,D) -> d (B,D), rowLoss (B)
@group(0) @binding(0) var<storage, read> reconstruction: array<f32>;
@group(0) @binding(1) var<storage, read> x: array<f32>;
@group(0) @binding(2) var<storage, read_write> d: array<f32>;
@group(0) @binding(3) var<storage, read_write> rowLoss: array<f32>;

override ROWS: u32;
override WIDTH: u32;
override SCALE: f32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  var squares = 0.0;
  for (var c = lane; c < WIDTH; c += WORKGROUP_SIZE) {
    let difference = reconstruction[row * WIDTH + c] - x[row * WIDTH + c];
    squares = fma(difference, difference, squares);
    d[row * WIDTH + c] = SCALE * difference;
  }
  let total = workgroupSum(squares, lane);
  if (lane == 0u) { rowLoss[row] = total; }
}
