// Column words from row words, 32 rows and 32 columns a thread: bit r of columns [block, j] is bit j % 32 of
// rowMask [32·block + r, j / 32].
// rowMask (B,W) -> rows FIRST to FIRST + BLOCKS of columns, as many as B rows have words or more, which are then 0.
@group(0) @binding(0) var<storage, read> rowMask: array<u32>;
@group(0) @binding(1) var<storage, read_write> columns: array<u32>;

override ROWS: u32;        // B
override BLOCKS: u32;
override WORDS: u32;       // W
override FEATURES: u32;    // F
override FIRST: u32;

// Words of four rows; none past the last row.
fn four(row: u32, word: u32) -> vec4u {
  var words = vec4u();
  if (row < ROWS) { words.x = rowMask[row * WORDS + word]; }
  if (row + 1u < ROWS) { words.y = rowMask[(row + 1u) * WORDS + word]; }
  if (row + 2u < ROWS) { words.z = rowMask[(row + 2u) * WORDS + word]; }
  if (row + 3u < ROWS) { words.w = rowMask[(row + 3u) * WORDS + word]; }
  return words;
}

// Where the upper half of a differs from the lower half of b; halves are `shift` bits wide, of which `mask` has the lower ones.
fn differs(a: vec4u, b: vec4u, shift: u32, mask: u32) -> vec4u { return ((a >> vec4u(shift)) ^ b) & vec4u(mask); }

// The last two rounds, within four rows: rows two apart, then neighbours.
fn within(a: vec4u) -> vec4u {
  let two = ((a.xy >> vec2u(2u)) ^ a.zw) & vec2u(0x33333333u);
  let b = vec4u(a.xy ^ (two << vec2u(2u)), a.zw ^ two);
  let one = ((b.xz >> vec2u(1u)) ^ b.yw) & vec2u(0x55555555u);
  let even = b.xz ^ (one << vec2u(1u));
  let odd = b.yw ^ one;
  return vec4u(even.x, odd.x, even.y, odd.y);
}

fn store(at: u32, column: u32, words: vec4u) {
  if (column < FEATURES) { columns[at + column] = words.x; }
  if (column + 1u < FEATURES) { columns[at + column + 1u] = words.y; }
  if (column + 2u < FEATURES) { columns[at + column + 2u] = words.z; }
  if (column + 3u < FEATURES) { columns[at + column + 3u] = words.w; }
}

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= BLOCKS * WORDS) { return; }
  let block = i / WORDS;
  let word = i % WORDS;
  let row = block * 32u;
  var a = four(row, word);
  var b = four(row + 4u, word);
  var c = four(row + 8u, word);
  var d = four(row + 12u, word);
  var e = four(row + 16u, word);
  var f = four(row + 20u, word);
  var g = four(row + 24u, word);
  var h = four(row + 28u, word);
  // Halves change places, then halves of those: rows 16 apart, 8 apart, ...
  var t = differs(a, e, 16u, 0xffffu); a ^= t << vec4u(16u); e ^= t;
  t = differs(b, f, 16u, 0xffffu); b ^= t << vec4u(16u); f ^= t;
  t = differs(c, g, 16u, 0xffffu); c ^= t << vec4u(16u); g ^= t;
  t = differs(d, h, 16u, 0xffffu); d ^= t << vec4u(16u); h ^= t;
  t = differs(a, c, 8u, 0xff00ffu); a ^= t << vec4u(8u); c ^= t;
  t = differs(b, d, 8u, 0xff00ffu); b ^= t << vec4u(8u); d ^= t;
  t = differs(e, g, 8u, 0xff00ffu); e ^= t << vec4u(8u); g ^= t;
  t = differs(f, h, 8u, 0xff00ffu); f ^= t << vec4u(8u); h ^= t;
  t = differs(a, b, 4u, 0xf0f0f0fu); a ^= t << vec4u(4u); b ^= t;
  t = differs(c, d, 4u, 0xf0f0f0fu); c ^= t << vec4u(4u); d ^= t;
  t = differs(e, f, 4u, 0xf0f0f0fu); e ^= t << vec4u(4u); f ^= t;
  t = differs(g, h, 4u, 0xf0f0f0fu); g ^= t << vec4u(4u); h ^= t;
  let at = (FIRST + block) * FEATURES;
  let column = word * 32u;
  store(at, column, within(a));
  store(at, column + 4u, within(b));
  store(at, column + 8u, within(c));
  store(at, column + 12u, within(d));
  store(at, column + 16u, within(e));
  store(at, column + 20u, within(f));
  store(at, column + 24u, within(g));
  store(at, column + 28u, within(h));
}
