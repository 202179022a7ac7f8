// offsets[b] = count[0] + ... + count[b-1]: count (B) -> offsets (B+1). One workgroup walks the rows.
@group(0) @binding(0) var<storage, read> count: array<u32>;
@group(0) @binding(1) var<storage, read_write> offsets: array<u32>;

override ROWS: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(local_invocation_index) lane: u32) {
  var before = 0u;
  for (var first = 0u; first < ROWS; first += WORKGROUP_SIZE) {
    let row = first + lane;
    var entries = 0u;
    if (row < ROWS) { entries = count[row]; }
    let start = before + workgroupPrefix(entries, lane);
    if (row < ROWS) { offsets[row] = start; }
    before += workgroupCount(entries, lane);
  }
  if (lane == 0u) { offsets[ROWS] = before; }
}
