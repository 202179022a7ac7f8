// unembed-cross-entropy forward, one chunk of the vocabulary: what is known of a row's logits so far takes in those of
// columns `start` to below start + CHUNK. A workgroup takes RUN rows, one after another. After the last chunk logSum and
// loss are whole.
// logits (N,CHUNK)  targets (N)  ->  running (N,3): highest, Σ exp(logit - highest), the target's  logSum, loss (N)
@group(0) @binding(0) var<storage, read> logits: array<Column>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> running: array<f32>;
@group(0) @binding(3) var<storage, read_write> logSum: array<f32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<uniform> sizes: Sizes;

struct Sizes { start: u32 }

override ROWS: u32;
override CHUNK: u32;
override RUN: u32;
override COLUMNS: u32 = CHUNK / COLUMN_WIDTH;

const LOWEST = -3.4e38;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let firstColumn = sizes.start;
  let firstRow = (group.y * groups.x + group.x) * RUN;
  for (var row = firstRow; row < min(firstRow + RUN, ROWS); row++) {
    let start = row * COLUMNS;
    var highest = LOWEST;
    var sum = 0.0;
    for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
      let v = logits[start + c];
      let next = max(highest, columnTop(v));
      // An exponential of 0 need not be exactly 1.
      sum = select(sum * exp(highest - next), sum, next == highest) + columnTotal(exp(v - next));
      highest = next;
    }
    let top = workgroupMax(highest, lane);
    let inChunk = workgroupSum(sum * exp(highest - top), lane);
    if (lane == 0u) {
      var known = vec3f(LOWEST, 0.0, 0.0);
      if (firstColumn > 0u) { known = vec3f(running[3u * row], running[3u * row + 1u], running[3u * row + 2u]); }
      let next = max(known.x, top);
      let total = known.y * exp(known.x - next) + inChunk * exp(top - next);
      // A target before the chunk wraps to a large number.
      let place = targets[row] - firstColumn;
      var chosen = known.z;
      if (place < CHUNK) { chosen = columnElement(logits[start + place / COLUMN_WIDTH], place % COLUMN_WIDTH); }
      running[3u * row] = next;
      running[3u * row + 1u] = total;
      running[3u * row + 2u] = chosen;
      let whole = log(total) + next;
      logSum[row] = whole;
      loss[row] = whole - chosen;
    }
  }
}
