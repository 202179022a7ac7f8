// embedding backward, token table: dTable[v] = sum of dx[n] over the positions n that hold token v, in order of n.
// order (N) lists positions grouped by token; starts (V+1) says where each token's group begins. dTable (V,D) may be a
// block of its rows. A workgroup takes here.run rows of it, one after another: a gather, because WGSL has no float
// atomics, and so that the sum repeats to the bit.
@group(0) @binding(0) var<storage, read> dx: array<Column>;
@group(0) @binding(1) var<storage, read> order: array<u32>;
@group(0) @binding(2) var<storage, read> starts: array<u32>;
@group(0) @binding(3) var<storage, read_write> dTable: array<Column>;

override COLUMNS: u32;   // D / COLUMN_WIDTH
override WORKGROUP_SIZE: u32;

struct Here {
  rows: u32,         // of dTable
  firstToken: u32,   // whose row is the first
  run: u32,
}
@group(0) @binding(4) var<uniform> here: Here;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * here.run;
  for (var row = first; row < min(first + here.run, here.rows); row++) {
    let begin = starts[here.firstToken + row];
    let end = starts[here.firstToken + row + 1u];
    for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
      var sum = Column();
      for (var e = begin; e < end; e++) { sum += dx[order[e] * COLUMNS + c]; }
      dTable[row * COLUMNS + c] = sum;
    }
  }
}
