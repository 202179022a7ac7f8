// The penalty φ(f[b,j]·n_j) summed over the marked rows b of each column j, and what it adds to gradients, for φ(t) = t or,
// with TANH = 1, φ(t) = tanh(SHARPNESS·t), and factor = scalars[FACTOR_SLOT] · FACTOR_SCALE:
//   value[j] = Σ φ(f·n_j)    h[b,j] += factor · φ'(f·n_j) · n_j    along[j] = -Σ factor · φ'(f·n_j) · n_j · f
// The last is what rowAdam takes along rows of norm n_j, for d n_j / d w = w / n_j.
// f, h (B,F) or a block of their rows  columns (S+⌈B/32⌉,F) of the mask  n (F)  ->  h in place; value, along (F). One thread a column.
@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(1) var<storage, read> columns: array<u32>;
@group(0) @binding(2) var<storage, read> n: array<f32>;
@group(0) @binding(3) var<storage, read> scalars: array<f32>;
@group(0) @binding(4) var<storage, read_write> h: array<f32>;
@group(0) @binding(5) var<storage, read_write> value: array<f32>;
@group(0) @binding(6) var<storage, read_write> along: array<f32>;

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
override TANH: u32;
override SHARPNESS: f32;
override FACTOR_SLOT: u32;
override FACTOR_SCALE: f32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let j = id.y * groups.x * 64u + id.x;
  if (j >= FEATURES) { return; }
  let firstWord = here.firstWord;
  let factor = scalars[FACTOR_SLOT] * FACTOR_SCALE * n[j];
  var sums = vec2f();
  if (here.goesOn == 1u) { sums = vec2f(value[j], -along[j]); }
  for (var s = firstWord / 32u; s < (here.endWord + 31u) / 32u; s++) {
    var summary = columns[s * FEATURES + j] & bound(s);
    while (summary != 0u) {
      let block = s * 32u + firstTrailingBit(summary);
      summary &= summary - 1u;
      var bits = columns[(SUMMARIES + block) * FEATURES + j];
      var part = vec2f();
      while (bits != 0u) {
        let at = ((block - firstWord) * 32u + firstTrailingBit(bits)) * FEATURES + j;
        bits &= bits - 1u;
        var penalty = f[at] * n[j];
        var slope = factor;
        if (TANH == 1u) {
          // (1 - t)(1 + t) is 1 - t² without its cancellation; past 15 tanh is 1 in float32, and some overflow there.
          penalty = tanh(min(SHARPNESS * penalty, 15.0));
          slope = factor * SHARPNESS * (1.0 - penalty) * (1.0 + penalty);
        }
        h[at] += slope;
        part += vec2f(penalty, slope * f[at]);
      }
      sums += part;
    }
  }
  value[j] = sums.x;
  along[j] = -sums.y;
}
