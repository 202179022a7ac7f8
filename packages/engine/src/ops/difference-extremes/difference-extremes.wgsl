// delta_v = l'_v - l_v with l_v = ρ·s[n,v], l'_v = ρ'·(s[n,v] - a·w[j,v]), ρ = 1/sqrt(var(r[n]) + ε), ρ' = 1/sqrt(var(r[n] - a·u[j]) + ε):
// of the target, the five largest and the five smallest over v, ties to the lower v; for items (n, target, j, a).
// One workgroup an item: each lane keeps the extremes of its columns in registers, then lanes give up theirs in turn.
// r (N,D)  u (F,D), each of mean 0  s (N,V)  w (F,V)  items (P,4)  ->  changes (P,11): target, risen, fallen; tokens (P,10)
@group(0) @binding(0) var<storage, read> r: array<f32>;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read> s: array<Column>;
@group(0) @binding(3) var<storage, read> w: array<Column>;
@group(0) @binding(4) var<storage, read> items: array<vec4u>;
@group(0) @binding(5) var<storage, read> scalars: array<f32>;
@group(0) @binding(6) var<storage, read_write> changes: array<f32>;
@group(0) @binding(7) var<storage, read_write> tokens: array<u32>;

override COUNT_SLOT: u32; // scalar: items to compute, at most P
override WIDTH: u32;      // D
override COLUMNS: u32;    // V / COLUMN_WIDTH
override EPSILON: f32;

const LOWEST = -3.4e38;
const NONE = 0xffffffffu;

// The five largest values a lane has seen, descending, and where they were.
struct Largest { v0: f32, v1: f32, v2: f32, v3: f32, v4: f32, i0: u32, i1: u32, i2: u32, i3: u32, i4: u32 }

fn include(e: Largest, v: f32, i: u32) -> Largest {
  let b0 = v > e.v0;
  let b1 = v > e.v1;
  let b2 = v > e.v2;
  let b3 = v > e.v3;
  let b4 = v > e.v4;
  return Largest(
    select(e.v0, v, b0),
    select(select(e.v1, v, b1), e.v0, b0),
    select(select(e.v2, v, b2), e.v1, b1),
    select(select(e.v3, v, b3), e.v2, b2),
    select(select(e.v4, v, b4), e.v3, b3),
    select(e.i0, i, b0),
    select(select(e.i1, i, b1), e.i0, b0),
    select(select(e.i2, i, b2), e.i1, b1),
    select(select(e.i3, i, b3), e.i2, b2),
    select(select(e.i4, i, b4), e.i3, b3),
  );
}

// Where in a column its largest element is first.
fn firstOf(v: Column, top: f32) -> u32 {
  var first = 0u;
  for (var i = COLUMN_WIDTH; i > 0u; i--) { first = select(first, i - 1u, columnElement(v, i - 1u) == top); }
  return first;
}

fn without(v: Column, i: u32) -> Column { return select(v, Column(LOWEST), columnPlaces(0u) == Places(i)); }

// Takes the largest of all lanes' from whoever has it, and writes it with the sign that it had.
fn give(e: Largest, g: u32, place: u32, sign: f32, lane: u32) -> Largest {
  let top = workgroupMax(e.v0, lane);
  // Columns are fewer than 2^24, so a float tells them apart; the lowest wins a tie.
  let first = -workgroupMax(select(LOWEST, -f32(e.i0), e.v0 == top && e.i0 != NONE), lane);
  let found = top > LOWEST;
  if (lane == 0u) {
    changes[11u * g + 1u + place] = select(0.0, sign * top, found);
    tokens[10u * g + place] = select(NONE, u32(max(first, 0.0)), found);
  }
  let mine = found && e.v0 == top && f32(e.i0) == first;
  return Largest(
    select(e.v0, e.v1, mine), select(e.v1, e.v2, mine), select(e.v2, e.v3, mine), select(e.v3, e.v4, mine), select(e.v4, LOWEST, mine),
    select(e.i0, e.i1, mine), select(e.i1, e.i2, mine), select(e.i2, e.i3, mine), select(e.i3, e.i4, mine), select(e.i4, NONE, mine),
  );
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let g = group.y * groups.x + group.x;
  if (g >= u32(scalars[COUNT_SLOT])) { return; }
  let n = items[g].x;
  let target_ = items[g].y;
  let j = items[g].z;
  let a = bitcast<f32>(items[g].w);

  var sum = 0.0;
  for (var d = lane; d < WIDTH; d += WORKGROUP_SIZE) { sum += r[n * WIDTH + d]; }
  let mean = workgroupSum(sum, lane) / f32(WIDTH);
  var squares = 0.0;
  var growth = 0.0;
  for (var d = lane; d < WIDTH; d += WORKGROUP_SIZE) {
    let x = r[n * WIDTH + d] - mean;
    let taken = a * u[j * WIDTH + d];
    squares = fma(x, x, squares);
    growth = fma(taken, taken - 2.0 * x, growth);
  }
  let variance = workgroupSum(squares, lane) / f32(WIDTH) + EPSILON;
  let grown = workgroupSum(growth, lane) / f32(WIDTH);
  let rho = inverseSqrt(variance);
  let after = inverseSqrt(variance + grown);
  // ρ' - ρ from the difference of the variances, as the two are often close.
  let stretch = -grown * (rho * rho) * (after * after) / (rho + after);
  let shift = -after * a;

  var risen = Largest(LOWEST, LOWEST, LOWEST, LOWEST, LOWEST, NONE, NONE, NONE, NONE, NONE);
  var fallen = risen;
  for (var c = lane; c < COLUMNS; c += WORKGROUP_SIZE) {
    let delta = fma(Column(stretch), s[n * COLUMNS + c], Column(shift) * w[j * COLUMNS + c]);
    // Few columns have anything to include. A loop, as software rasterisers leave one when no lane goes on, where they
    // compute both sides of a branch.
    var rest = delta;
    while (columnTop(rest) > risen.v4) {
      let i = firstOf(rest, columnTop(rest));
      risen = include(risen, columnTop(rest), COLUMN_WIDTH * c + i);
      rest = without(rest, i);
    }
    rest = -delta;
    while (columnTop(rest) > fallen.v4) {
      let i = firstOf(rest, columnTop(rest));
      fallen = include(fallen, columnTop(rest), COLUMN_WIDTH * c + i);
      rest = without(rest, i);
    }
  }
  for (var place = 0u; place < 5u; place++) {
    risen = give(risen, g, place, 1.0, lane);
    fallen = give(fallen, g, 5u + place, -1.0, lane);
  }
  if (lane == 0u) {
    let column = target_ / COLUMN_WIDTH;
    let delta = fma(Column(stretch), s[n * COLUMNS + column], Column(shift) * w[j * COLUMNS + column]);
    changes[11u * g] = columnElement(delta, target_ % COLUMN_WIDTH);
  }
}
