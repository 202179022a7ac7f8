// h[b,j] = d[row of b and j] · w[j] + offset at the active entries of f only, and rowSum[b] = the sum of f's active entries.
// d (B,D), or (G·P,D) where columns come in G groups and row b of group g is at g·P + b  w (F,D)  f (B,F) with its row
// mask  ->  h (B,F), untouched elsewhere; rowSum (B). w may be a block of its rows, f and h of theirs. One workgroup a
// row.
@group(0) @binding(0) var<storage, read> d: array<Column>;
@group(0) @binding(1) var<storage, read> w: array<Column>;
@group(0) @binding(2) var<storage, read> f: array<f32>;
@group(0) @binding(3) var<storage, read> rowMask: array<u32>;
@group(0) @binding(4) var<storage, read> rowSummary: array<u32>;
@group(0) @binding(5) var<storage, read> scalars: array<f32>;
@group(0) @binding(6) var<storage, read_write> h: array<f32>;
@group(0) @binding(7) var<storage, read_write> rowSum: array<f32>;

override FEATURES: u32;
override WIDTH: u32;           // D / COLUMN_WIDTH
override WORDS: u32;
override SUMMARIES: u32;
override OFFSET_SLOT: u32;
override OFFSET_SCALE: f32;    // offset = scalars[OFFSET_SLOT] · OFFSET_SCALE
override GROUPS: u32;
// (P, -, first row of f and h here, how many), (first summary word of the features of w here, end, -, -), and then where
// each group of columns ends.
@group(0) @binding(8) var<uniform> parts: array<vec4u, 16>;

fn groupStart(j: u32) -> u32 {
  var group = 0u;
  for (var i = 2u; i <= GROUPS; i++) { group += select(0u, 1u, j >= parts[(i + 6u) / 4u][(i + 6u) % 4u]); }
  return group * parts[0].x;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= parts[0].w) { return; }
  let b = parts[0].z + row;
  let firstSummary = parts[1].x;
  let offset = scalars[OFFSET_SLOT] * OFFSET_SCALE;
  var total = 0.0;
  if (firstSummary > 0u) { total = rowSum[b]; }   // blocks of features go on from each other's sum
  for (var s = firstSummary; s < parts[1].y; s++) {
    var summary = rowSummary[b * SUMMARIES + s];
    while (summary != 0u) {
      let word = s * 32u + firstTrailingBit(summary);
      summary &= summary - 1u;
      var bits = rowMask[b * WORDS + word];
      while (bits != 0u) {
        let j = word * 32u + firstTrailingBit(bits);
        bits &= bits - 1u;
        let start = (groupStart(j) + b) * WIDTH;
        let feature = (j - firstSummary * 1024u) * WIDTH;
        var sum = Column();
        for (var c = lane; c < WIDTH; c += WORKGROUP_SIZE) { sum = fma(d[start + c], w[feature + c], sum); }
        let product = workgroupSum(columnTotal(sum), lane);
        total += f[row * FEATURES + j];
        if (lane == 0u) { h[row * FEATURES + j] = product + offset; }
      }
    }
  }
  if (lane == 0u) { rowSum[b] = total; }
}
