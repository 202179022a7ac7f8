// h[b,j] *= exp(logScale_j) at the marked entries of each column. columns (S+⌈B/32⌉,F) of the mask  logScale (F)
// -> h (B,F) or a block of its rows, in place. One thread a column.
@group(0) @binding(0) var<storage, read> columns: array<u32>;
@group(0) @binding(1) var<storage, read> logScale: array<f32>;
@group(0) @binding(2) var<storage, read_write> h: array<f32>;

override FEATURES: u32;
override SUMMARIES: u32;   // summary rows of columns

struct Here { firstWord: u32, endWord: u32 }   // words of 32 rows that h has here
@group(0) @binding(3) var<uniform> here: Here;

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
  let scale = exp(logScale[j]);
  for (var s = firstWord / 32u; s < (here.endWord + 31u) / 32u; s++) {
    var summary = columns[s * FEATURES + j] & bound(s);
    while (summary != 0u) {
      let block = s * 32u + firstTrailingBit(summary);
      summary &= summary - 1u;
      var bits = columns[(SUMMARIES + block) * FEATURES + j];
      while (bits != 0u) {
        h[((block - firstWord) * 32u + firstTrailingBit(bits)) * FEATURES + j] *= scale;
        bits &= bits - 1u;
      }
    }
  }
}
