// The four sums of whole columns from those of blocks of rows: blocks (K,4,F) -> (F) each. A thread takes RUN Columns.
@group(0) @binding(0) var<storage, read> blocks: array<Column>;
@group(0) @binding(1) var<storage, read_write> sumF: array<Column>;
@group(0) @binding(2) var<storage, read_write> sumY: array<Column>;
@group(0) @binding(3) var<storage, read_write> sumFY: array<Column>;
@group(0) @binding(4) var<storage, read_write> count: array<Column>;

override BLOCKS: u32;    // K
override COLUMNS: u32;   // F / COLUMN_WIDTH
override GOES_ON: u32;   // 1: from the sums over rows before
override WORKGROUP_SIZE: u32;
override RUN: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * WORKGROUP_SIZE * RUN + lane;
  for (var c = first; c < min(first + WORKGROUP_SIZE * RUN, COLUMNS); c += WORKGROUP_SIZE) {
    var sums = array<Column, 4>();
    if (GOES_ON == 1u) { sums = array<Column, 4>(sumF[c], sumY[c], sumFY[c], count[c]); }
    for (var block = 0u; block < BLOCKS; block++) {
      for (var part = 0u; part < 4u; part++) { sums[part] += blocks[(block * 4u + part) * COLUMNS + c]; }
    }
    sumF[c] = sums[0];
    sumY[c] = sums[1];
    sumFY[c] = sums[2];
    count[c] = sums[3];
  }
}
