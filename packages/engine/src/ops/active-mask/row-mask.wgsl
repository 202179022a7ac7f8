// rowMask[b, w]: bit i says whether f[b, 32·w + i] > 0, or with SIGNED = 1 is not 0.
// f (B,F), or a block of its rows -> (B,⌈F/32⌉). A thread takes here.run words, each WORKGROUP_SIZE after the one before.
@group(0) @binding(0) var<storage, read> f: array<Column>;
@group(0) @binding(1) var<storage, read_write> rowMask: array<u32>;

override COLUMNS: u32;   // F / COLUMN_WIDTH
override WORDS: u32;
override SIGNED: u32;
override WORKGROUP_SIZE: u32;

// Of f, and how many words a thread takes.
struct Here { rows: u32, firstRow: u32, run: u32 }
@group(0) @binding(2) var<uniform> here: Here;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let begin = (group.y * groups.x + group.x) * WORKGROUP_SIZE * here.run + lane;
  for (var i = begin; i < min(begin + WORKGROUP_SIZE * here.run, here.rows * WORDS); i += WORKGROUP_SIZE) {
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
}
