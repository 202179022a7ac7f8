// unembed-cross-entropy backward, one chunk of the vocabulary, in place: logit_nv becomes
// dLoss_n · (exp(logit_nv - logSum_n) - [v = target_n]) for the columns from sizes.start on. A workgroup takes RUN rows,
// one after another. logits (N,CHUNK)  targets, logSum, dLoss (N)
@group(0) @binding(0) var<storage, read_write> logits: array<Column>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> logSum: array<f32>;
@group(0) @binding(3) var<storage, read> dLoss: array<f32>;
@group(0) @binding(4) var<uniform> sizes: Sizes;

struct Sizes { start: u32 }

override ROWS: u32;
override CHUNK: u32;
override WORKGROUP_SIZE: u32;
override RUN: u32;
override COLUMNS: u32 = CHUNK / COLUMN_WIDTH;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let firstRow = (group.y * groups.x + group.x) * RUN;
  for (var row = firstRow; row < min(firstRow + RUN, ROWS); row++) {
    let start = row * COLUMNS;
    let total = logSum[row];
    let slope = dLoss[row];
    let chosen = Places(targets[row] - sizes.start);
    for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
      let one = select(Column(), Column(1.0), columnPlaces(c) == chosen);
      let logit = logits[start + c];
      logits[start + c] = slope * (exp(logit - total) - one);
    }
  }
}
