// embedding forward: x[n] = tokenTable[tokens[n]] + positionTable[n mod CONTEXT]
// tokens (N)  tokenTable (V,D)  positionTable (T,D)  ->  x (N,D); tokenTable may be a block of its rows, and tokens and x
// blocks of theirs. A workgroup takes here.run rows, one after another.
@group(0) @binding(0) var<storage, read> tokens: array<u32>;
@group(0) @binding(1) var<storage, read> tokenTable: array<Column>;
@group(0) @binding(2) var<storage, read> positionTable: array<Column>;
@group(0) @binding(3) var<storage, read_write> x: array<Column>;

override COLUMNS: u32;   // D / COLUMN_WIDTH
override CONTEXT: u32;
override WORKGROUP_SIZE: u32;

struct Here {
  rows: u32,         // of x
  firstRow: u32,     // in the batch
  firstToken: u32,   // whose row is the first that tokenTable has here
  tokens: u32,       // rows of tokenTable
  run: u32,
}
@group(0) @binding(4) var<uniform> here: Here;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * here.run;
  for (var row = first; row < min(first + here.run, here.rows); row++) {
    let token = tokens[row] - here.firstToken;   // wraps below it, and is then too large
    if (token >= here.tokens) { continue; }
    let position = (here.firstRow + row) % CONTEXT;
    for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
      x[row * COLUMNS + c] = tokenTable[token * COLUMNS + c] + positionTable[position * COLUMNS + c];
    }
  }
}
