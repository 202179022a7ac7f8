// y[b] = bias + sum over active j of f[b,j] · w[j]: f (B,F) with its row mask, w (F,D), bias (D) -> y (B,D).
// One workgroup a row; a lane owns up to four Columns of a chunk, and the chunk's entries stream past them.
@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(1) var<storage, read> rowMask: array<u32>;
@group(0) @binding(2) var<storage, read> rowSummary: array<u32>;
@group(0) @binding(3) var<storage, read> w: array<Column>;
@group(0) @binding(4) var<storage, read> bias: array<Column>;
@group(0) @binding(5) var<storage, read_write> y: array<Column>;

override WORKGROUP_SIZE: u32;
override ROWS: u32;
override FEATURES: u32;
override WIDTH: u32;       // D / COLUMN_WIDTH
override WORDS: u32;
override SUMMARIES: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= ROWS) { return; }
  for (var chunk = 0u; chunk < WIDTH; chunk += 4u * WORKGROUP_SIZE) {
    let c0 = chunk + lane;
    let c1 = c0 + WORKGROUP_SIZE;
    let c2 = c1 + WORKGROUP_SIZE;
    let c3 = c2 + WORKGROUP_SIZE;
    // Columns past the width repeat the last one; they are summed and not stored.
    let last = WIDTH - 1u;
    var y0 = bias[min(c0, last)];
    var y1 = bias[min(c1, last)];
    var y2 = bias[min(c2, last)];
    var y3 = bias[min(c3, last)];
    for (var s = 0u; s < SUMMARIES; s++) {
      var summary = rowSummary[row * SUMMARIES + s];
      while (summary != 0u) {
        let word = s * 32u + firstTrailingBit(summary);
        summary &= summary - 1u;
        var bits = rowMask[row * WORDS + word];
        // Words are summed by themselves first: the error then grows with 32 and the number of words, not with the
        // number of active entries.
        var p0 = Column();
        var p1 = Column();
        var p2 = Column();
        var p3 = Column();
        while (bits != 0u) {
          let j = word * 32u + firstTrailingBit(bits);
          bits &= bits - 1u;
          let v = Column(f[row * FEATURES + j]);
          let start = j * WIDTH;
          p0 = fma(v, w[start + min(c0, last)], p0);
          p1 = fma(v, w[start + min(c1, last)], p1);
          p2 = fma(v, w[start + min(c2, last)], p2);
          p3 = fma(v, w[start + min(c3, last)], p3);
        }
        y0 += p0;
        y1 += p1;
        y2 += p2;
        y3 += p3;
      }
    }
    if (c0 < WIDTH) { y[row * WIDTH + c0] = y0; }
    if (c1 < WIDTH) { y[row * WIDTH + c1] = y1; }
    if (c2 < WIDTH) { y[row * WIDTH + c2] = y2; }
    if (c3 < WIDTH) { y[row * WIDTH + c3] = y3; }
  }
}
