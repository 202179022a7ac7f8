// rowMask[b, w]: bit i says whether f[b, 32·w + i] > 0, or with SIGNED = 1 is not 0.
// f (B,F), or a block of its rows -> (B,⌈F/32⌉). One thread a word.
@group(0) @binding(0) var<storage, read> f: array<Column>;
@group(0) @binding(1) var<storage, read_write> rowMask: array<u32>;

override COLUMNS: u32;   // F / COLUMN_WIDTH
override WORDS: u32;
override SIGNED: u32;

struct Here { rows: u32, firstRow: u32 }   // of f
@group(0) @binding(2) var<uniform> here: Here;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= here.rows * WORDS) { return; }
  let row = i / WORDS;
  let first = (i % WORDS) * (32u / COLUMN_WIDTH);
  let end = min(first + 32u / COLUMN_WIDTH, COLUMNS);
  var word = 0u;
  for (var c = first; c < end; c++) {
    let v = vec4f(f[row * COLUMNS + c]);
    let positive = select(vec4u(), vec4u(1u, 2u, 4u, 8u), select(v, abs(v), SIGNED == 1u) > vec4f());
    // With scalar columns all four lanes hold one value, of which the first counts.
    let bits = select(positive.x, positive.x | positive.y | positive.z | positive.w, COLUMN_WIDTH == 4u);
    word |= bits << ((c - first) * COLUMN_WIDTH);
  }
  rowMask[here.firstRow * WORDS + i] = word;
}
