// maxima[b, g] = the largest of the entries of row b in group g of neighbouring columns, as ordered bits.
// x (B,F) -> maxima (B,groups). One thread a group.
@group(0) @binding(0) var<storage, read> x: array<Column>;
@group(0) @binding(1) var<storage, read> idle: array<u32>;   // (F), with AMONG = 1
@group(0) @binding(2) var<storage, read_write> maxima: array<u32>;

override AMONG: u32;   // 1: columns take part whose idle count reaches a number, with values of any sign

struct Here {
  rows: u32,
  columns: u32,   // F / COLUMN_WIDTH
  shift: u32,     // groups have 2^shift columns, a multiple of COLUMN_WIDTH
  groups: u32,    // of a row
  idle: u32,      // the number
}
@group(0) @binding(3) var<uniform> here: Here;

// Bits that order as the values do; 0 where an entry takes no part.
fn orderedBits(v: vec4f, column: u32) -> vec4u {
  let bits = bitcast<vec4u>(v);
  if (AMONG == 0u) { return select(vec4u(), bits, v > vec4f()); }
  var among = vec4<bool>(idle[column] >= here.idle);
  if (COLUMN_WIDTH == 4u) {
    among = vec4<bool>(among.x, idle[column + 1u] >= here.idle, idle[column + 2u] >= here.idle, idle[column + 3u] >= here.idle);
  }
  return select(vec4u(), select(bits | vec4u(0x80000000u), ~bits, bits >= vec4u(0x80000000u)), among);
}

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
