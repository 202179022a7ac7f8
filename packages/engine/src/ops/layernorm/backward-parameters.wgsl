// layernorm backward, gain and bias: dGain = Σ dy · (x - mean) · rstd and dBias = Σ dy over one block of rows.
// dy, x (N,D)  statistics (N)  ->  dGain, dBias (BLOCKS,D). A thread takes RUN Columns of one block, and the
// workgroups of a block are neighbours.
@group(0) @binding(0) var<storage, read> dy: array<Column>;
@group(0) @binding(1) var<storage, read> x: array<Column>;
@group(0) @binding(2) var<storage, read> statistics: array<vec2f>;
@group(0) @binding(3) var<storage, read_write> dGain: array<Column>;
@group(0) @binding(4) var<storage, read_write> dBias: array<Column>;

override ROWS: u32;
override COLUMNS: u32;   // D / COLUMN_WIDTH
override BLOCK_ROWS: u32;
override FIRST: u32;     // row of the sums that the first block of these rows goes to
override WORKGROUP_SIZE: u32;
override RUN: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let across = (COLUMNS + WORKGROUP_SIZE * RUN - 1u) / (WORKGROUP_SIZE * RUN);
  let g = group.y * groups.x + group.x;
  let block = g / across;
  let top = block * BLOCK_ROWS;
  if (top >= ROWS) { return; }
  let first = (g % across) * WORKGROUP_SIZE * RUN + lane;
  for (var c = first; c < min(first + WORKGROUP_SIZE * RUN, COLUMNS); c += WORKGROUP_SIZE) {
    var sumGain = Column();
    var sumBias = Column();
    for (var row = top; row < min(top + BLOCK_ROWS, ROWS); row++) {
      let g = dy[row * COLUMNS + c];
      sumGain = fma(g, (x[row * COLUMNS + c] - statistics[row].x) * statistics[row].y, sumGain);
      sumBias += g;
    }
    dGain[(FIRST + block) * COLUMNS + c] = sumGain;
    dBias[(FIRST + block) * COLUMNS + c] = sumBias;
  }
}
