// Sums over the active rows of each column j: sumF = Σ f, sumH = Σ h, sumFH = Σ f·h, count. One thread a column.
// f, h (B,F), or a block of their rows  columns (S+⌈B/32⌉,F) of the active mask  ->  (F) each.
@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(1) var<storage, read> h: array<f32>;
@group(0) @binding(2) var<storage, read> columns: array<u32>;
@group(0) @binding(3) var<storage, read_write> sumF: array<f32>;
@group(0) @binding(4) var<storage, read_write> sumH: array<f32>;
@group(0) @binding(5) var<storage, read_write> sumFH: array<f32>;
@group(0) @binding(6) var<storage, read_write> count: array<f32>;

override FEATURES: u32;
override SUMMARIES: u32;   // summary rows of columns

struct Here {
  firstWord: u32,   // words of 32 rows that f and h have here
  endWord: u32,
  goesOn: u32,      // 1: from the sums over rows before
}
@group(0) @binding(7) var<uniform> here: Here;

// The bits of summary word s that stand for those.
fn bound(s: u32) -> u32 {
  let low = max(here.firstWord, s * 32u) - s * 32u;
  let high = min(here.endWord, s * 32u + 32u) - s * 32u;
  return (0xffffffffu << low) & (0xffffffffu >> (32u - high));
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let j = id.y * groups.x * 64u + id.x;
  if (j >= FEATURES) { return; }
  let firstWord = here.firstWord;
  var sums = vec3f();
  var rows = 0u;
  if (here.goesOn == 1u) {
    sums = vec3f(sumF[j], sumH[j], sumFH[j]);
    rows = u32(count[j]);
  }
  for (var s = firstWord / 32u; s < (here.endWord + 31u) / 32u; s++) {
    var summary = columns[s * FEATURES + j] & bound(s);
    while (summary != 0u) {
      let block = s * 32u + firstTrailingBit(summary);
      summary &= summary - 1u;
      var bits = columns[(SUMMARIES + block) * FEATURES + j];
      rows += countOneBits(bits);
      var part = vec3f();
      while (bits != 0u) {
        let at = ((block - firstWord) * 32u + firstTrailingBit(bits)) * FEATURES + j;
        bits &= bits - 1u;
        part += vec3f(f[at], h[at], f[at] * h[at]);
      }
      sums += part;
    }
  }
  sumF[j] = sums.x;
  sumH[j] = sums.y;
  sumFH[j] = sums.z;
  count[j] = f32(rows);
}
