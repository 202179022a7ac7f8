// cross-entropy backward: dLogits_nv = dLoss_n · (exp(logit_nv - logSum_n) - [v = target_n]). A workgroup takes RUN rows,
// one after another. logits, result = dLogits (N,V)  targets, logSum, dLoss (N)
@group(0) @binding(0) var<storage, read> logits: array<Column>;
@group(0) @binding(1) var<storage, read> targets: array<u32>;
@group(0) @binding(2) var<storage, read> logSum: array<f32>;
@group(0) @binding(3) var<storage, read> dLoss: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<Stored>;

override ROWS: u32;
override VOCABULARY: u32;
override WORKGROUP_SIZE: u32;
override RUN: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * RUN;
  for (var row = first; row < min(first + RUN, ROWS); row++) {
    let offset = offsetOf(row * VOCABULARY);
    let start = row * VOCABULARY / COLUMN_WIDTH;
    let total = logSum[row];
    let slope = dLoss[row];
    let chosen = Places(targets[row]);
    for (var c = wholeFrom(offset) + lane; c < wholeEnd(offset, VOCABULARY); c += WORKGROUP_SIZE) {
      let one = select(Column(), Column(1.0), columnPlaces(c) - Places(offset) == chosen);
      put(start + c, slope * (exp(logits[start + c] - total) - one));
    }
    if (EDGES) {
      let mine = edge(offset, VOCABULARY, lane);
      let at = start + edgeColumn(offset, VOCABULARY, lane);
      let one = select(Column(), Column(1.0), columnPlaces(at - start) - Places(offset) == chosen);
      let v = slope * (exp(logits[at] - total) - one);
      putEdge(at, mine, v);
    }
  }
}
