// h[b,j] *= exp(logScale_j) at the marked entries of each column. columns (S+⌈B/32⌉,F) of the mask  logScale (F)
// -> h (B,F), in place. One thread a column.
@group(0) @binding(0) var<storage, read> columns: array<u32>;
@group(0) @binding(1) var<storage, read> logScale: array<f32>;
@group(0) @binding(2) var<storage, read_write> h: array<f32>;

override FEATURES: u32;
override SUMMARIES: u32;   // summary rows of columns

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let j = id.y * groups.x * 64u + id.x;
  if (j >= FEATURES) { return; }
  let scale = exp(logScale[j]);
  for (var s = 0u; s < SUMMARIES; s++) {
    var summary = columns[s * FEATURES + j];
    while (summary != 0u) {
      let block = s * 32u + firstTrailingBit(summary);
      summary &= summary - 1u;
      var bits = columns[(SUMMARIES + block) * FEATURES + j];
      while (bits != 0u) {
        h[(block * 32u + firstTrailingBit(bits)) * FEATURES + j] *= scale;
        bits &= bits - 1u;
      }
    }
  }
}
