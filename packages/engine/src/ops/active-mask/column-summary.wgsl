// Summary of the column words: bit i of summary word [s, j] says whether word 32·s + i of column j has any bit, so
// that empty words are never visited. columns (S+K,F): S summary rows, written here, then the K rows of words.
@group(0) @binding(0) var<storage, read_write> columns: array<u32>;

override BLOCKS: u32;      // K
override FEATURES: u32;
override SUMMARIES: u32;   // S

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= SUMMARIES * FEATURES) { return; }
  let first = (i / FEATURES) * 32u;
  let j = i % FEATURES;
  var word = 0u;
  for (var block = first; block < min(first + 32u, BLOCKS); block++) {
    word |= select(0u, 1u << (block - first), columns[(SUMMARIES + block) * FEATURES + j] != 0u);
  }
  columns[i] = word;
}
