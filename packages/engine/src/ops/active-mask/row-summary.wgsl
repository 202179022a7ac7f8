// rowSummary[b, s]: bit i says whether rowMask[b, 32·s + i] has any bit, so that empty words are never visited.
// rowMask (B,W) -> (B,⌈W/32⌉). One thread a summary word.
@group(0) @binding(0) var<storage, read> rowMask: array<u32>;
@group(0) @binding(1) var<storage, read_write> rowSummary: array<u32>;

override ROWS: u32;
override WORDS: u32;       // W
override SUMMARIES: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= ROWS * SUMMARIES) { return; }
  let row = i / SUMMARIES;
  let first = (i % SUMMARIES) * 32u;
  var word = 0u;
  for (var w = first; w < min(first + 32u, WORDS); w++) {
    word |= select(0u, 1u << (w - first), rowMask[row * WORDS + w] != 0u);
  }
  rowSummary[i] = word;
}
