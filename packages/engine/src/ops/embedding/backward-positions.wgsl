// embedding backward, position table: dTable[t] = sum over sequences b of dx[b · CONTEXT + t]. dTable (P,D) may be a block
// of its rows. A workgroup takes here.run rows of it, one after another.
@group(0) @binding(0) var<storage, read> dx: array<Column>;
@group(0) @binding(1) var<storage, read_write> dTable: array<Column>;

override COLUMNS: u32;   // D / COLUMN_WIDTH
override CONTEXT: u32;
override SEQUENCES: u32;
override WORKGROUP_SIZE: u32;

struct Here {
  rows: u32,            // of dTable
  firstPosition: u32,   // whose row is the first
  run: u32,
}
@group(0) @binding(2) var<uniform> here: Here;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * here.run;
  for (var row = first; row < min(first + here.run, here.rows); row++) {
    let position = here.firstPosition + row;
    for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
      var sum = Column();
      if (position < CONTEXT) {   // positions beyond the context of this program have no gradient
        for (var b = 0u; b < SEQUENCES; b++) { sum += dx[(b * CONTEXT + position) * COLUMNS + c]; }
      }
      dTable[row * COLUMNS + c] = sum;
    }
  }
}
