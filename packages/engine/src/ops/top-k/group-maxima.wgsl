// maxima[b, g] = the largest of the entries of row b in group g of neighbouring columns, as ordered bits.
// x (B,F) -> maxima (B,groups). One thread a group.
@group(0) @binding(2) var<storage, read_write> maxima: array<u32>;

struct Here {
  rows: u32,
  columns: u32,   // F / COLUMN_WIDTH
  shift: u32,     // groups have 2^shift columns, a multiple of COLUMN_WIDTH
  groups: u32,    // of a row
  idle: u32,      // the number
}
@group(0) @binding(3) var<uniform> here: Here;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= here.rows * here.groups) { return; }
  let width = (1u << here.shift) / COLUMN_WIDTH;
  let row = i / here.groups;
  let first = (i % here.groups) * width;
  let end = min(first + width, here.columns);
  var top = vec4u();
  for (var c = first; c < end; c++) { top = max(top, orderedBits(vec4f(x[row * here.columns + c]), c * COLUMN_WIDTH)); }
  maxima[i] = max(max(top.x, top.y), max(top.z, top.w));
}
