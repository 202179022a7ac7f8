// g[j] = sum over active rows b of f[b,j] · y[b]: f (B,F) with the columns of its active mask, y (B,D) -> g (F,D).
// One workgroup a row of g, which gathers its samples in their order.
@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(1) var<storage, read> columns: array<u32>;
@group(0) @binding(2) var<storage, read> y: array<Column>;
@group(0) @binding(3) var<storage, read_write> g: array<Column>;

override WORKGROUP_SIZE: u32;
override FEATURES: u32;
override WIDTH: u32;     // D / COLUMN_WIDTH
override SUMMARIES: u32;   // summary rows of columns

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let j = group.y * groups.x + group.x;
  if (j >= FEATURES) { return; }
  for (var c = lane; c < WIDTH; c += WORKGROUP_SIZE) {
    var sum = Column();
    for (var s = 0u; s < SUMMARIES; s++) {
      var summary = columns[s * FEATURES + j];
      while (summary != 0u) {
        let block = s * 32u + firstTrailingBit(summary);
        summary &= summary - 1u;
        var bits = columns[(SUMMARIES + block) * FEATURES + j];
        var part = Column();
        while (bits != 0u) {
          let b = block * 32u + firstTrailingBit(bits);
          bits &= bits - 1u;
          part = fma(Column(f[b * FEATURES + j]), y[b * WIDTH + c], part);
        }
        sum += part;
      }
    }
    g[j * WIDTH + c] = sum;
  }
}
