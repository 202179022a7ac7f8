// cross-entropy backward: dLogits_nv = dLoss_n · (exp(logit_nv - logSum_n) - [v = target_n]). A workgroup takes RUN rows,
// one after another. logits, dLogits (N,V)  targets, logSum, dLoss (N)
@group(0) @binding(0) var<storage, read> logits: array<Column>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> logSum: array<f32>;
@group(0) @binding(3) var<storage, read> dLoss: array<f32>;
@group(0) @binding(4) var<storage, read_write> dLogits: array<Column>;

override ROWS: u32;
override VOCABULARY: u32;
override WORKGROUP_SIZE: u32;
override RUN: u32;
override COLUMNS: u32 = VOCABULARY / COLUMN_WIDTH;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * RUN;
  for (var row = first; row < min(first + RUN, ROWS); row++) {
    let start = row * COLUMNS;
    let total = logSum[row];
    let slope = dLoss[row];
    let chosen = Places(targets[row]);
    for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
      let one = select(Column(), Column(1.0), columnPlaces(c) == chosen);
      dLogits[start + c] = slope * (exp(logits[start + c] - total) - one);
    }
  }
}
