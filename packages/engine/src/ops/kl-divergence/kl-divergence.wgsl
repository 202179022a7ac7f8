// divergence_n = Σ_v p_nv · (log p_nv - log q_nv), with p = softmax(before_n) and q = softmax(after_n), and the cross-entropy
// loss_n = log Σ_v exp(after_nv) - after_n,target, in one pass. A workgroup takes RUN rows, one after another.
// before, after (N,V)  logSum (N) of before  targets (N)  ->  loss, divergence (N)
@group(0) @binding(0) var<storage, read> before: array<Column>;
@group(0) @binding(1) var<storage, read> logSum: array<f32>;
@group(0) @binding(2) var<storage, read> after: array<Column>;
@group(0) @binding(3) var<storage, read> targets: array<u32>;
@group(0) @binding(4) var<storage, read_write> loss: array<f32>;
@group(0) @binding(5) var<storage, read_write> divergence: array<f32>;

override ROWS: u32;
override VOCABULARY: u32;
override RUN: u32;

const LOWEST = -3.4e38;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * RUN;
  for (var row = first; row < min(first + RUN, ROWS); row++) {
    let offset = offsetOf(row * VOCABULARY);
    let start = row * VOCABULARY / COLUMN_WIDTH;
    let totalBefore = logSum[row];
    // Σ p · (before - after), and Σ p, which is 1 but for rounding.
    var weighted = 0.0;
    var probability = 0.0;
    // Whenever a lane meets a new highest logit, what it has summed is scaled down to it.
    var highest = LOWEST;
    var sum = 0.0;
    for (var c = wholeFrom(offset) + lane; c < wholeEnd(offset, VOCABULARY); c += WORKGROUP_SIZE) {
      let x = before[start + c];
      let y = after[start + c];
      let p = exp(x - totalBefore);
      probability += columnTotal(p);
      // A probability of zero counts for nothing, however unlikely the other one is.
      weighted += columnTotal(select(Column(), p * (x - y), p > Column()));
      let next = max(highest, columnTop(y));
      sum = rescaled(sum, highest, next) + columnTotal(exp(y - next));
      highest = next;
    }
    if (EDGES) {
      let at = start + edgeColumn(offset, VOCABULARY, lane);
      let mine = edge(offset, VOCABULARY, lane);
      let y = select(Column(LOWEST), after[at], mine);
      let p = select(Column(), exp(before[at] - totalBefore), mine);
      probability += columnTotal(p);
      weighted += columnTotal(select(Column(), p * (before[at] - y), p > Column()));
      let next = max(highest, columnTop(y));
      sum = rescaled(sum, highest, next) + columnTotal(select(Column(), exp(y - next), mine));
      highest = next;
    }
    let top = workgroupMax(highest, lane);
    let total = log(workgroupSum(sum * exp(highest - top), lane)) + top;
    let mean = workgroupSum(weighted, lane) / workgroupSum(probability, lane);
    if (lane == 0u) {
      let chosen = row * VOCABULARY + targets[row];
      loss[row] = total - columnElement(after[chosen / COLUMN_WIDTH], chosen % COLUMN_WIDTH);
      divergence[row] = mean + (total - totalBefore);
    }
  }
}

// An exponential of 0 need not be exactly 1.
fn rescaled(sum: f32, highest: f32, next: f32) -> f32 { return select(sum * exp(highest - next), sum, next == highest); }
