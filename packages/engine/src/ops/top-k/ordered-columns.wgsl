// The entries of x (B,F) by Columns, and which of them take part. Comes before kernels whose sizes, here, have the number
// that idle counts are to reach.
@group(0) @binding(0) var<storage, read> x: array<Column>;
@group(0) @binding(1) var<storage, read> idle: array<u32>;   // (F), with AMONG = 1

override AMONG: u32;   // 1: columns take part whose idle count reaches a number, with values of any sign

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
