// g[j] = sum over active rows b of f[b,j] · y[row of b and j]: f (B,F) with the columns of its active mask, y (N,D)
// -> g (F,D). f and g may be blocks of their rows.
// A workgroup takes RUN rows of g, one after another, and gathers the samples of each in their order; a lane owns four Columns
// of a chunk.
@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(1) var<storage, read> columns: array<u32>;
@group(0) @binding(2) var<storage, read> y: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> g: array<f32>;

override WORKGROUP_SIZE: u32;
override RUN: u32;
override FEATURES: u32;
override SUMMARIES: u32;   // summary rows of columns
override GROUPS: u32;
override GOES_ON: u32;   // 1: from the sums over samples before
// (rows of f in the first part, where in y the second part begins, -, -), (first word of 32 rows of f here, end, first
// feature of g here, how many), and then where each group of columns ends.
@group(0) @binding(4) var<uniform> parts: array<vec4u, 16>;

// Where in y the first part's rows begin for column j.
fn groupStart(j: u32) -> u32 {
  var group = 0u;
  for (var i = 2u; i <= GROUPS; i++) { group += select(0u, 1u, j >= parts[(i + 6u) / 4u][(i + 6u) % 4u]); }
  return group * parts[0].x;
}

// The bits of summary word s that stand for the rows that f has here.
fn bound(s: u32) -> u32 {
  let low = max(parts[1].x, s * 32u) - s * 32u;
  let high = min(parts[1].y, s * 32u + 32u) - s * 32u;
  return (0xffffffffu << low) & (0xffffffffu >> (32u - high));
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * RUN;
  for (var i = first; i < min(first + RUN, parts[1].w); i++) {
    let j = parts[1].z + i;
    var any = 0u;
    for (var s = parts[1].x / 32u; s < (parts[1].y + 31u) / 32u; s++) { any |= columns[s * FEATURES + j] & bound(s); }
    // Most rows gain nothing from a few samples of many.
    if (any != 0u) {
      for (var chunk = 0u; chunk < COLUMNS; chunk += 4u * WORKGROUP_SIZE) { gather(i * D, j, owned(chunk, lane)); }
    } else if (GOES_ON == 0u) {
      for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) { put(i * D, c, Column()); }
    }
  }
}

fn gather(start: u32, j: u32, own: vec4u) {
  let firstWord = parts[1].x;
  let first = parts[0].x;
  let firstStart = groupStart(j);
  let secondStart = parts[0].y - first;
  var sum = Four();
  if (GOES_ON == 1u) { sum = Four(before(start, own.x), before(start, own.y), before(start, own.z), before(start, own.w)); }
  for (var s = firstWord / 32u; s < (parts[1].y + 31u) / 32u; s++) {
    var summary = columns[s * FEATURES + j] & bound(s);
    while (summary != 0u) {
      let block = s * 32u + firstTrailingBit(summary);
      summary &= summary - 1u;
      var bits = columns[(SUMMARIES + block) * FEATURES + j];
      var part = Four();
      while (bits != 0u) {
        let b = block * 32u + firstTrailingBit(bits);
        bits &= bits - 1u;
        let row = b + select(firstStart, secondStart, b >= first);
        part = withRow(part, f[(b - firstWord * 32u) * FEATURES + j], row * D, offsetOf(start), own);
      }
      sum = plus(sum, part);
    }
  }
  put(start, own.x, sum.a);
  put(start, own.y, sum.b);
  put(start, own.z, sum.c);
  put(start, own.w, sum.d);
}

// What gathered rows lie in; see gather-rows.
fn gathered(i: u32) -> vec4f { return y[i]; }
fn gatheredEnd() -> u32 { return arrayLength(&y) - 1u; }

// The Column c of the sums so far, beyond the row whatever it ends with.
fn before(start: u32, c: u32) -> Column {
  let at = start + min(max(columnPlaces(c), vec4u(offsetOf(start))) - offsetOf(start), vec4u(D - 1u));
  return Column(g[at.x], g[at.y], g[at.z], g[at.w]);
}

// Element by element: a vec4f may have the end of one row and the beginning of the next; see put-column.edged.
fn put(start: u32, c: u32, v: Column) {
  let mine = inRow(offsetOf(start), D, c);
  let at = start - offsetOf(start) + 4u * c;
  if (mine.x) { g[at] = v.x; }
  if (mine.y) { g[at + 1u] = v.y; }
  if (mine.z) { g[at + 2u] = v.z; }
  if (mine.w) { g[at + 3u] = v.w; }
}
