// g[j] = sum over active rows b of f[b,j] · y[row of b and j]: f (B,F) with the columns of its active mask, y (N,D)
// -> g (F,D). f and g may be blocks of their rows.
// One workgroup a row of g, which gathers its samples in their order.
@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(1) var<storage, read> columns: array<u32>;
@group(0) @binding(2) var<storage, read> y: array<Column>;
@group(0) @binding(3) var<storage, read_write> g: array<Column>;

override WORKGROUP_SIZE: u32;
override FEATURES: u32;
override WIDTH: u32;     // D / COLUMN_WIDTH
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
  let i = group.y * groups.x + group.x;
  if (i >= parts[1].w) { return; }
  let j = parts[1].z + i;
  let firstWord = parts[1].x;
  let first = parts[0].x;
  let firstStart = groupStart(j);
  let secondStart = parts[0].y - first;
  if (GOES_ON == 1u) {   // most rows gain nothing from a few samples of many
    var any = 0u;
    for (var s = firstWord / 32u; s < (parts[1].y + 31u) / 32u; s++) { any |= columns[s * FEATURES + j] & bound(s); }
    if (any == 0u) { return; }
  }
  for (var c = lane; c < WIDTH; c += WORKGROUP_SIZE) {
    var sum = Column();
    if (GOES_ON == 1u) { sum = g[i * WIDTH + c]; }
    for (var s = firstWord / 32u; s < (parts[1].y + 31u) / 32u; s++) {
      var summary = columns[s * FEATURES + j] & bound(s);
      while (summary != 0u) {
        let block = s * 32u + firstTrailingBit(summary);
        summary &= summary - 1u;
        var bits = columns[(SUMMARIES + block) * FEATURES + j];
        var part = Column();
        while (bits != 0u) {
          let b = block * 32u + firstTrailingBit(bits);
          bits &= bits - 1u;
          let row = b + select(firstStart, secondStart, b >= first);
          part = fma(Column(f[(b - firstWord * 32u) * FEATURES + j]), y[row * WIDTH + c], part);
        }
        sum += part;
      }
    }
    g[i * WIDTH + c] = sum;
  }
}
