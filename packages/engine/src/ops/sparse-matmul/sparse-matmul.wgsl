// y[b] = bias + sum over active j of f[b,j] · w[j]: f (B,F) with its row mask, w (F,D), bias (D) or (B,D) -> y (B,D).
// Where columns come in G groups, y (G·P,D) has at row g·P + b the sum over the groups up to and with g.
// f and w may be blocks of their rows. One workgroup a row; a lane owns up to four Columns of a chunk, and the chunk's entries stream past them.
@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(1) var<storage, read> rowMask: array<u32>;
@group(0) @binding(2) var<storage, read> rowSummary: array<u32>;
@group(0) @binding(3) var<storage, read> w: array<Column>;
@group(0) @binding(4) var<storage, read> bias: array<Column>;
@group(0) @binding(5) var<storage, read_write> y: array<Column>;

override WORKGROUP_SIZE: u32;
override FEATURES: u32;
override WIDTH: u32;       // D / COLUMN_WIDTH
override WORDS: u32;
override SUMMARIES: u32;
override BIAS_ROWS: u32;   // 1: bias is (B,D)
override GROUPS: u32;
// (P, -, first row of f here, how many), (first summary word of the features of w here, end, -, -), and then where each
// group of columns ends.
@group(0) @binding(6) var<uniform> parts: array<vec4u, 16>;

// The bits of a mask word below bit n.
fn below(n: u32) -> u32 { return select((1u << n) - 1u, 0xffffffffu, n >= 32u); }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= parts[0].w) { return; }
  let b = parts[0].z + row;
  let firstSummary = parts[1].x;
  let biasRow = select(0u, b * WIDTH, BIAS_ROWS == 1u);
  for (var chunk = 0u; chunk < WIDTH; chunk += 4u * WORKGROUP_SIZE) {
    let c0 = chunk + lane;
    let c1 = c0 + WORKGROUP_SIZE;
    let c2 = c1 + WORKGROUP_SIZE;
    let c3 = c2 + WORKGROUP_SIZE;
    // Columns past the width repeat the last one; they are summed and not stored.
    let last = WIDTH - 1u;
    var y0 = bias[biasRow + min(c0, last)];
    var y1 = bias[biasRow + min(c1, last)];
    var y2 = bias[biasRow + min(c2, last)];
    var y3 = bias[biasRow + min(c3, last)];
    if (firstSummary > 0u) {   // blocks of features go on from each other's sums, which the last group has
      let before = ((GROUPS - 1u) * parts[0].x + b) * WIDTH;
      y0 = y[before + min(c0, last)];
      y1 = y[before + min(c1, last)];
      y2 = y[before + min(c2, last)];
      y3 = y[before + min(c3, last)];
    }
    var lower = 0u;
    for (var g = 0u; g < GROUPS; g++) {
      var upper = FEATURES;
      if (GROUPS > 1u) { upper = parts[(g + 8u) / 4u][(g + 8u) % 4u]; }
      let end = min(parts[1].y, (upper + 1023u) / 1024u);
      for (var s = max(firstSummary, lower / 1024u); s < end; s++) {
        var summary = rowSummary[b * SUMMARIES + s];
        while (summary != 0u) {
          let word = s * 32u + firstTrailingBit(summary);
          summary &= summary - 1u;
          var bits = rowMask[b * WORDS + word];
          if (GROUPS > 1u) {
            let start = word * 32u;
            bits &= below(max(upper, start) - start) & ~below(max(lower, start) - start);
          }
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
            let start = (j - firstSummary * 1024u) * WIDTH;
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
      let out = (g * parts[0].x + b) * WIDTH;
      if (upper > firstSummary * 1024u) {   // groups that ended in a block before are done
        if (c0 < WIDTH) { y[out + c0] = y0; }
        if (c1 < WIDTH) { y[out + c1] = y1; }
        if (c2 < WIDTH) { y[out + c2] = y2; }
        if (c3 < WIDTH) { y[out + c3] = y3; }
      }
      lower = upper;
    }
  }
}
