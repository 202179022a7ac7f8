// y = f > 0 ? x + offset : 0, with offset = scalars[OFFSET_SLOT] · OFFSET_SCALE, and over one block of rows the sums of
// f, y, f·y and of 1 where f > 0. A thread takes RUN Columns of one block.
// x, f, y (B,F)  ->  blocks (K,4,F): the four sums of each of K blocks
@group(0) @binding(0) var<storage, read> x: array<Column>;
@group(0) @binding(1) var<storage, read> f: array<Column>;
@group(0) @binding(2) var<storage, read> scalars: array<f32>;
@group(0) @binding(3) var<storage, read_write> y: array<Column>;
@group(0) @binding(4) var<storage, read_write> blocks: array<Column>;

override ROWS: u32;      // B
override COLUMNS: u32;   // F / COLUMN_WIDTH
override BLOCK_ROWS: u32;
override FIRST: u32;     // of the blocks that x, f and y have here
override GROUPS: u32;    // workgroups of a block, which are neighbours
override OFFSET_SLOT: u32;
override OFFSET_SCALE: f32;
override WORKGROUP_SIZE: u32;
override RUN: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let g = group.y * groups.x + group.x;
  let block = g / GROUPS;
  if (block * BLOCK_ROWS >= ROWS) { return; }
  let offset = scalars[OFFSET_SLOT] * OFFSET_SCALE;
  let top = block * BLOCK_ROWS;
  let first = (g % GROUPS) * WORKGROUP_SIZE * RUN + lane;
  for (var c = first; c < min(first + WORKGROUP_SIZE * RUN, COLUMNS); c += WORKGROUP_SIZE) {
    var sumF = Column();
    var sumY = Column();
    var sumFY = Column();
    var count = Column();
    for (var row = top; row < min(top + BLOCK_ROWS, ROWS); row++) {
      let at = row * COLUMNS + c;
      let fires = f[at] > Column();
      let fs = select(Column(), f[at], fires);
      let ys = select(Column(), x[at] + offset, fires);
      y[at] = ys;
      sumF += fs;
      sumY += ys;
      sumFY = fma(fs, ys, sumFY);
      count += select(Column(), Column(1.0), fires);
    }
    let out = (FIRST + block) * 4u * COLUMNS + c;
    blocks[out] = sumF;
    blocks[out + COLUMNS] = sumY;
    blocks[out + 2u * COLUMNS] = sumFY;
    blocks[out + 3u * COLUMNS] = count;
  }
}
