// count[b] = set bits in row b of a row mask: rowMask (B,W) -> count (B). One thread a row.
@group(0) @binding(0) var<storage, read> rowMask: array<u32>;
@group(0) @binding(1) var<storage, read_write> count: array<u32>;

override ROWS: u32;
override WORDS: u32;   // W

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let row = id.y * groups.x * 64u + id.x;
  if (row >= ROWS) { return; }
  var bits = 0u;
  for (var w = 0u; w < WORDS; w++) { bits += countOneBits(rowMask[row * WORDS + w]); }
  count[row] = bits;
}
