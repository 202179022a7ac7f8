// cross-entropy forward: loss_n = log Σ_v exp(logit_nv) - logit_n,target. A workgroup takes RUN rows, one after another.
// logits (N,V)  targets (N)  ->  loss (N)  logSum (N), kept for backward.
@group(0) @binding(0) var<storage, read> logits: array<Column>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read_write> loss: array<f32>;
@group(0) @binding(3) var<storage, read_write> logSum: array<f32>;

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
    // One pass for both: whenever a lane meets a new highest logit, what it has summed is scaled down to it.
    var highest = LOWEST;
    var sum = 0.0;
    for (var c = wholeFrom(offset) + lane; c < wholeEnd(offset, VOCABULARY); c += WORKGROUP_SIZE) {
      let v = logits[start + c];
      let next = max(highest, columnTop(v));
      sum = rescaled(sum, highest, next) + columnTotal(exp(v - next));
      highest = next;
    }
    if (EDGES) {
      let mine = edge(offset, VOCABULARY, lane);
      let v = select(Column(LOWEST), logits[start + edgeColumn(offset, VOCABULARY, lane)], mine);
      let next = max(highest, columnTop(v));
      sum = rescaled(sum, highest, next) + columnTotal(select(Column(), exp(v - next), mine));
      highest = next;
    }
    let top = workgroupMax(highest, lane);
    let total = log(workgroupSum(sum * exp(highest - top), lane)) + top;
    if (lane == 0u) {
      let chosen = row * VOCABULARY + targets[row];
      logSum[row] = total;
      loss[row] = total - columnElement(logits[chosen / COLUMN_WIDTH], chosen % COLUMN_WIDTH);
    }
  }
}

// An exponential of 0 need not be exactly 1.
fn rescaled(sum: f32, highest: f32, next: f32) -> f32 { return select(sum * exp(highest - next), sum, next == highest); }
