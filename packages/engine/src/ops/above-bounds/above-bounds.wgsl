// rowMask[b, w]: bit i says whether x[b, 32·w + i] is above the bound of its row or above that of its column.
// x (B,F), or a block of its rows  rowBounds (B)  columnBounds (F)  ->  (B,⌈F/32⌉). A thread takes here.run words, each
// WORKGROUP_SIZE after the one before.
@group(0) @binding(0) var<storage, read> x: array<Column>;
@group(0) @binding(1) var<storage, read> rowBounds: array<f32>;
@group(0) @binding(2) var<storage, read> columnBounds: array<Column>;
@group(0) @binding(3) var<storage, read_write> rowMask: array<u32>;

override COLUMNS: u32;   // F / COLUMN_WIDTH
override WORDS: u32;     // ⌈F/32⌉
override WORKGROUP_SIZE: u32;

// Of x, and how many words a thread takes.
struct Here { rows: u32, firstRow: u32, run: u32 }
@group(0) @binding(4) var<uniform> here: Here;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let begin = (group.y * groups.x + group.x) * WORKGROUP_SIZE * here.run + lane;
  for (var i = begin; i < min(begin + WORKGROUP_SIZE * here.run, here.rows * WORDS); i += WORKGROUP_SIZE) {
    let row = i / WORDS;
    let first = (i % WORDS) * (32u / COLUMN_WIDTH);
    let end = min(first + 32u / COLUMN_WIDTH, COLUMNS);
    let rowBound = rowBounds[here.firstRow + row];
    var word = 0u;
    for (var c = first; c < end; c++) {
      // Above the smaller of the two bounds.
      let above = select(vec4u(), vec4u(1u, 2u, 4u, 8u), vec4f(x[row * COLUMNS + c]) > vec4f(min(columnBounds[c], Column(rowBound))));
      // With scalar columns all four lanes hold one value, of which the first counts.
      let bits = select(above.x, above.x | above.y | above.z | above.w, COLUMN_WIDTH == 4u);
      word |= bits << ((c - first) * COLUMN_WIDTH);
    }
    rowMask[here.firstRow * WORDS + i] = word;
  }
}
