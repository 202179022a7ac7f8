// Sums over the active rows of each column j: sumF = Σ f, sumH = Σ h, sumFH = Σ f·h, count. One thread a column.
// f, h (B,F)  columns (S+⌈B/32⌉,F) of the active mask  ->  (F) each.
@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(1) var<storage, read> h: array<f32>;
@group(0) @binding(2) var<storage, read> columns: array<u32>;
@group(0) @binding(3) var<storage, read_write> sumF: array<f32>;
@group(0) @binding(4) var<storage, read_write> sumH: array<f32>;
@group(0) @binding(5) var<storage, read_write> sumFH: array<f32>;
@group(0) @binding(6) var<storage, read_write> count: array<f32>;

override FEATURES: u32;
override SUMMARIES: u32;   // summary rows of columns

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let j = id.y * groups.x * 64u + id.x;
  if (j >= FEATURES) { return; }
  var sums = vec3f();
  var rows = 0u;
  for (var s = 0u; s < SUMMARIES; s++) {
    var summary = columns[s * FEATURES + j];
    while (summary != 0u) {
      let block = s * 32u + firstTrailingBit(summary);
      summary &= summary - 1u;
      var bits = columns[(SUMMARIES + block) * FEATURES + j];
      rows += countOneBits(bits);
      var part = vec3f();
      while (bits != 0u) {
        let at = (block * 32u + firstTrailingBit(bits)) * FEATURES + j;
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
