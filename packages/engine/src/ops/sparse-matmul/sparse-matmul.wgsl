// y[b] = bias + sum over active j of f[b,j] · w[j]: f (B,F) with its row mask, w (F,D), bias (D) or (B,D) -> y (B,D).
// Where columns come in G groups, y (G·P,D) has at row g·P + b the sum over the groups up to and with g.
// f and w may be blocks of their rows. One workgroup a row; a lane owns four Columns of a chunk, and the chunk's entries stream past them.
@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(1) var<storage, read> rowMask: array<u32>;
@group(0) @binding(2) var<storage, read> rowSummary: array<u32>;
@group(0) @binding(3) var<storage, read> w: array<vec4f>;
@group(0) @binding(4) var<storage, read> bias: array<vec4f>;
@group(0) @binding(5) var<storage, read_write> y: array<f32>;

override WORKGROUP_SIZE: u32;
override FEATURES: u32;
override WORDS: u32;
override SUMMARIES: u32;
override BIAS_ROWS: u32;   // 1: bias is (B,D)
override GROUPS: u32;
override GOES_ON: u32;   // 1: features come before those that w has here
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
  for (var chunk = 0u; chunk < COLUMNS; chunk += 4u * WORKGROUP_SIZE) {
    let own = owned(chunk, lane);
    var sum = Four(begun(b, own.x), begun(b, own.y), begun(b, own.z), begun(b, own.w));
    if (GOES_ON == 1u) {   // blocks of features go on from each other's sums, which the last group has
      let start = ((GROUPS - 1u) * parts[0].x + b) * D;
      sum = Four(before(start, own.x), before(start, own.y), before(start, own.z), before(start, own.w));
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
          var part = Four();
          while (bits != 0u) {
            let j = word * 32u + firstTrailingBit(bits);
            bits &= bits - 1u;
            part = withRow(part, f[row * FEATURES + j], (j - firstSummary * 1024u) * D, 0u, own);
          }
          sum = plus(sum, part);
        }
      }
      let out = (g * parts[0].x + b) * D;
      if (upper > firstSummary * 1024u) {   // groups that ended in a block before are done
        put(out, own.x, sum.a);
        put(out, own.y, sum.b);
        put(out, own.z, sum.c);
        put(out, own.w, sum.d);
      }
      lower = upper;
    }
  }
}

// What gathered rows lie in; see gather-rows.
fn gathered(i: u32) -> vec4f { return w[i]; }
fn gatheredEnd() -> u32 { return arrayLength(&w) - 1u; }

fn begun(b: u32, c: u32) -> Column {
  let start = select(0u, b * D, BIAS_ROWS == 1u);
  let i = start / 4u + c;
  let end = arrayLength(&bias) - 1u;
  return alongside(bias[min(i, end)], bias[min(i + 1u, end)], start);
}

// The Column c of the sums so far, beyond the row whatever it ends with.
fn before(start: u32, c: u32) -> Column {
  let at = start + min(columnPlaces(c), vec4u(D - 1u));
  return Column(y[at.x], y[at.y], y[at.z], y[at.w]);
}

// Element by element: a vec4f may have the end of one row and the beginning of the next; see put-column.edged.
fn put(start: u32, c: u32, v: Column) {
  let mine = inRow(0u, D, c);
  let at = start + 4u * c;
  if (mine.x) { y[at] = v.x; }
  if (mine.y) { y[at + 1u] = v.y; }
  if (mine.z) { y[at + 2u] = v.z; }
  if (mine.w) { y[at + 3u] = v.w; }
}
