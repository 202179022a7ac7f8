// What a row keeps of x (B,F), its K largest entries with ties to the lowest index, as two numbers: kept[b] = (T, C) says
// those whose ordered bits exceed T, or equal it in a column up to C. One workgroup a row, in four steps:
// - K groups reach the K-th largest of the groups' maxima, so the K-th largest entry does too: anything between the two is
//   a bound, and one that not many more groups reach is found by a few steps of a bisection over the maxima;
// - the entries that reach the bound, a little more than K as a rule, are listed;
// - a bisection over their bits finds T exactly;
// - a pass in index order finds C.
// Where more reach the bound than the list holds (many equal entries, or large ones side by side), all of the row stands
// in for it: slow, and as exact.
@group(0) @binding(0) var<storage, read> x: array<f32>;
@group(0) @binding(1) var<storage, read> idle: array<u32>;      // (F), with AMONG = 1
@group(0) @binding(2) var<storage, read> maxima: array<u32>;    // (B,groups)
@group(0) @binding(3) var<storage, read_write> list: array<u32>;   // (B,3·room): groups, then pairs of bits and column
@group(0) @binding(4) var<storage, read_write> kept: array<u32>;   // (B,2)

override AMONG: u32;     // see ordered-columns

struct Here {
  rows: u32,
  width: u32,    // F
  k: u32,        // K
  shift: u32,    // groups have 2^shift columns
  groups: u32,   // of a row
  room: u32,     // of a list
  idle: u32,     // with AMONG = 1
}
@group(0) @binding(5) var<uniform> here: Here;

// Ordered bits that no entry reaches: just above infinity's.
fn highest() -> u32 { return select(0x7f800001u, 0xff800001u, AMONG == 1u); }

fn orderedBits(row: u32, column: u32) -> u32 {
  let v = x[row * here.width + column];
  let bits = bitcast<u32>(v);
  if (AMONG == 0u) { return select(0u, bits, v > 0.0); }
  return select(0u, select(bits | 0x80000000u, ~bits, bits >= 0x80000000u), idle[column] >= here.idle);
}

// Entry i of the candidates, (bits, column): of the list, or of the row.
fn candidate(row: u32, i: u32, listed: bool) -> vec2u {
  if (listed) {
    let at = row * 3u * here.room + here.room + 2u * i;
    return vec2u(list[at], list[at + 1u]);
  }
  return vec2u(orderedBits(row, i), i);
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = group.y * groups.x + group.x;
  if (row >= here.rows) { return; }
  let firstGroup = row * here.groups;
  // The bound stays at 1, which every entry that takes part reaches, where fewer than K groups have one.
  var low = 1u;
  var high = highest();
  var good = false;
  while (!good && high - low > 1u) {
    let middle = low + (high - low) / 2u;
    var reached = 0u;
    for (var g = lane; g < here.groups; g += WORKGROUP_SIZE) { reached += select(0u, 1u, maxima[firstGroup + g] >= middle); }
    let count = workgroupCount(reached, lane);
    if (count >= here.k) { low = middle; } else { high = middle; }
    good = count >= here.k && count <= here.k + here.k / 2u;
  }
  let bound = low;

  // A lane takes four neighbours at a time.
  let firstInList = row * 3u * here.room;
  var many = 0u;
  for (var first = 0u; first < here.groups; first += 4u * WORKGROUP_SIZE) {
    let g = first + 4u * lane;
    var reaches = vec4u();
    for (var q = 0u; q < 4u; q++) {
      if (g + q < here.groups) { reaches[q] = select(0u, 1u, maxima[firstGroup + g + q] >= bound); }
    }
    let own = reaches.x + reaches.y + reaches.z + reaches.w;
    var at = many + workgroupPrefix(own, lane);
    many += workgroupCount(own, lane);
    if (own > 0u) {
      for (var q = 0u; q < 4u; q++) {
        if (reaches[q] == 1u && at < here.room) { list[firstInList + at] = g + q; }
        at += reaches[q];
      }
    }
  }
  storageBarrier();
  let inGroups = min(many, here.room) << here.shift;
  var found = 0u;
  for (var first = 0u; first < inGroups; first += 4u * WORKGROUP_SIZE) {
    let i = first + 4u * lane;
    var bits = vec4u();
    var column = here.width;
    if (i < inGroups) { column = (list[firstInList + (i >> here.shift)] << here.shift) + (i & ((1u << here.shift) - 1u)); }
    for (var q = 0u; q < 4u; q++) {
      if (column + q < here.width) { bits[q] = orderedBits(row, column + q); }
    }
    let reaches = select(vec4u(), vec4u(1u), bits >= vec4u(bound));
    let own = reaches.x + reaches.y + reaches.z + reaches.w;
    var at = found + workgroupPrefix(own, lane);
    found += workgroupCount(own, lane);
    if (own > 0u) {
      for (var q = 0u; q < 4u; q++) {
        if (reaches[q] == 1u && at < here.room) {
          list[firstInList + here.room + 2u * at] = bits[q];
          list[firstInList + here.room + 2u * at + 1u] = column + q;
        }
        at += reaches[q];
      }
    }
  }
  storageBarrier();

  // T is a number that exactly K entries reach. Where equal entries leave none, it is the largest that K reach; and where
  // fewer than K take part, 1.
  let listed = many <= here.room && found <= here.room;
  let all = select(here.width, found, listed);
  var exact = listed && found == here.k;
  high = highest();
  while (!exact && high - low > 1u) {
    let middle = low + (high - low) / 2u;
    var reached = 0u;
    for (var i = lane; i < all; i += WORKGROUP_SIZE) { reached += select(0u, 1u, candidate(row, i, listed).x >= middle); }
    let count = workgroupCount(reached, lane);
    if (count >= here.k) { low = middle; } else { high = middle; }
    exact = count == here.k;
  }
  // C is the column of the last one equal to T that fits: any, where all do.
  var last = here.width;
  if (!exact) {
    var above = 0u;
    for (var i = lane; i < all; i += WORKGROUP_SIZE) { above += select(0u, 1u, candidate(row, i, listed).x > low); }
    let fit = here.k - min(here.k, workgroupCount(above, lane));
    var equals = 0u;
    var own = 0u;
    for (var first = 0u; first < all; first += WORKGROUP_SIZE) {
      let i = first + lane;
      var entry = vec2u();
      if (i < all) { entry = candidate(row, i, listed); }
      let equal = select(0u, 1u, entry.x == low);
      let before = equals + workgroupPrefix(equal, lane);
      equals += workgroupCount(equal, lane);
      if (equal == 1u && before + 1u == fit) { own = entry.y; }
    }
    let found = workgroupCount(own, lane);   // of one lane, at most
    if (equals >= fit) { last = found; }
  }
  if (lane == 0u) {
    kept[row * 2u] = low;
    kept[row * 2u + 1u] = last;
  }
}
