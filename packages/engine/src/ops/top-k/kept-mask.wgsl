// rowMask[b, w]: bit i says whether column 32·w + i of row b is kept: whether its ordered bits exceed T, or equal it in a
// column up to C, of kept[b] = (T, C). Groups whose maximum stays below T are not read.
// x (B,F), or a block of its rows, with its maxima -> (B,⌈F/32⌉). One thread a word.
@group(0) @binding(2) var<storage, read> maxima: array<u32>;
@group(0) @binding(3) var<storage, read> kept: array<u32>;
@group(0) @binding(4) var<storage, read_write> rowMask: array<u32>;

struct Here {
  rows: u32,       // of x
  firstRow: u32,   // of rowMask that is the first row of x
  columns: u32,    // F / COLUMN_WIDTH
  words: u32,      // of a row
  shift: u32,      // groups have 2^shift columns, 32 at most, a multiple of COLUMN_WIDTH
  groups: u32,     // of a row
  idle: u32,       // with AMONG = 1
}
@group(0) @binding(5) var<uniform> here: Here;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= here.rows * here.words) { return; }
  let row = i / here.words;
  let first = (i % here.words) * 32u;
  let threshold = vec4u(kept[row * 2u]);
  let last = vec4u(kept[row * 2u + 1u]);
  var word = 0u;
  let firstGroup = first >> here.shift;
  for (var g = firstGroup; g < min(firstGroup + (32u >> here.shift), here.groups); g++) {
    if (maxima[row * here.groups + g] >= threshold.x) {
      let firstColumn = (g << here.shift) / COLUMN_WIDTH;
      for (var c = firstColumn; c < min(firstColumn + (1u << here.shift) / COLUMN_WIDTH, here.columns); c++) {
        let column = c * COLUMN_WIDTH;
        let bits = orderedBits(vec4f(x[row * here.columns + c]), column);
        let early = vec4u(column, column + 1u, column + 2u, column + 3u) <= last;
        let marks = select(vec4u(), vec4u(1u, 2u, 4u, 8u), (bits > threshold) | ((bits == threshold) & early));
        // With scalar columns all four lanes hold one value, of which the first counts.
        word |= select(marks.x, marks.x | marks.y | marks.z | marks.w, COLUMN_WIDTH == 4u) << (column - first);
      }
    }
  }
  rowMask[here.firstRow * here.words + i] = word;
}
