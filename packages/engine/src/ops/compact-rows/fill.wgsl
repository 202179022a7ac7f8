// Writes the marked entries of rows first, first+1, ... one after another: columns ascending, rows ascending.
// f (B,F) or a block of its rows  rowMask (B,W)  offsets (B+1)  ->  columns, values (CAPACITY). A workgroup takes RUN rows,
// one after another.
// A row that would not fit whole is left out; the caller comes again with that row first.
@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(1) var<storage, read> rowMask: array<u32>;
@group(0) @binding(2) var<storage, read> offsets: array<u32>;
@group(0) @binding(3) var<storage, read> scalars: array<f32>;
@group(0) @binding(4) var<storage, read_write> columns: array<u32>;
@group(0) @binding(5) var<storage, read_write> values: array<f32>;

override WIDTH: u32;        // F
override WORDS: u32;        // W
override CAPACITY: u32;
override FIRST_SLOT: u32;
override RUN: u32;

struct Here { firstRow: u32, endRow: u32 }   // rows that f has here
@group(0) @binding(6) var<uniform> here: Here;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = u32(scalars[FIRST_SLOT]);
  let base = offsets[first];
  let begin = max(first, here.firstRow) + (group.y * groups.x + group.x) * RUN;
  for (var row = begin; row < min(begin + RUN, here.endRow); row++) {
    if (offsets[row + 1u] - base > CAPACITY) { return; }
    var next = offsets[row] - base;
    for (var chunk = 0u; chunk < WORDS; chunk += WORKGROUP_SIZE) {
      let word = chunk + lane;
      var bits = 0u;
      if (word < WORDS) { bits = rowMask[row * WORDS + word]; }
      let marked = countOneBits(bits);
      var at = next + workgroupPrefix(marked, lane);
      while (bits != 0u) {
        let column = word * 32u + firstTrailingBit(bits);
        bits &= bits - 1u;
        columns[at] = column;
        values[at] = f[(row - here.firstRow) * WIDTH + column];
        at++;
      }
      next += workgroupCount(marked, lane);
    }
  }
}
