// divergence_n = Σ_v p_nv · (log p_nv - log q_nv), with p = softmax(before_n) and q = softmax(after_n); one workgroup a row.
// before (N,V)  after (N,V)  ->  divergence (N)
@group(0) @binding(0) var<storage, read> before: array<Column>;
@group(0) @binding(1) var<storage, read> after: array<Column>;
@group(0) @binding(2) var<storage, read_write> divergence: array<f32>;

override ROWS: u32;
override COLUMNS: u32;   // V / COLUMN_WIDTH

const LOWEST = -3.4e38;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  let start = row * COLUMNS;
  var highestBefore = LOWEST;
  var highestAfter = LOWEST;
  for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
    highestBefore = max(highestBefore, columnTop(before[start + c]));
    highestAfter = max(highestAfter, columnTop(after[start + c]));
  }
  let topBefore = workgroupMax(highestBefore, lane);
  let topAfter = workgroupMax(highestAfter, lane);
  var sumBefore = 0.0;
  var sumAfter = 0.0;
  // Σ exp(before) · (before - after), both less their highest, so that what is subtracted later is of like size.
  var weighted = 0.0;
  for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
    let x = before[start + c] - Column(topBefore);
    let y = after[start + c] - Column(topAfter);
    let e = exp(x);
    sumBefore += columnTotal(e);
    sumAfter += columnTotal(exp(y));
    // A probability of zero counts for nothing, however unlikely the other one is.
    weighted += columnTotal(select(Column(), e * (x - y), e > Column()));
  }
  let total = workgroupSum(sumBefore, lane);
  let mean = workgroupSum(weighted, lane) / total;
  let ratio = log(workgroupSum(sumAfter, lane)) - log(total);
  if (lane == 0u) { divergence[row] = mean + ratio; }
}
