// loss_gk = log Σ_v exp l_v - l_target with l_v = ρ·(s[n,v] - a·w[j,v]) + b_v and ρ = 1/sqrt(var(r[n] - a·u[j]) + ε),
// for heads g = (n, target) and four pairs k = (j, a). One workgroup a head: loads cost more than arithmetic, and
// the four share those of r, s and b. Logits are formed as they are read and never stored.
// r (N,D)  u (F,D), each of mean 0  s (N,V)  w (F,V)  b (V)  items (5·G,2): each head and its pairs  ->  loss (G,4)
@group(0) @binding(0) var<storage, read> r: array<f32>;
@group(0) @binding(1) var<storage, read> u: array<f32>;
@group(0) @binding(2) var<storage, read> s: array<Column>;
@group(0) @binding(3) var<storage, read> w: array<Column>;
@group(0) @binding(4) var<storage, read> b: array<Column>;
@group(0) @binding(5) var<storage, read> items: array<vec2u>;
@group(0) @binding(6) var<storage, read> scalars: array<f32>;
@group(0) @binding(7) var<storage, read_write> loss: array<vec4f>;

override COUNT_SLOT: u32; // scalar: heads to compute, at most G
override WIDTH: u32;      // D
override COLUMNS: u32;    // V / COLUMN_WIDTH
override EPSILON: f32;

const LOWEST = -3.4e38;

// Σ exp(l - top) over the logits a lane has seen, component by component.
struct Exponentials { top: Column, sum: Column }

// Four columns of one row: s, b and whether the column exists.
struct Four { s0: Column, s1: Column, s2: Column, s3: Column, b0: Column, b1: Column, b2: Column, b3: Column }

fn include(e: Exponentials, l0: Column, l1: Column, l2: Column, l3: Column) -> Exponentials {
  let top = max(max(max(l0, l1), max(l2, l3)), e.top);
  return Exponentials(top, e.sum * exp(e.top - top) + exp(l0 - top) + exp(l1 - top) + exp(l2 - top) + exp(l3 - top));
}

fn logits(e: Exponentials, f: Four, rho: f32, a: f32, w0: u32, w1: u32, w2: u32, w3: u32) -> Exponentials {
  let scale = Column(rho);
  let shift = Column(-rho * a);
  return include(
    e,
    fma(scale, f.s0, fma(shift, w[w0], f.b0)),
    fma(scale, f.s1, fma(shift, w[w1], f.b1)),
    fma(scale, f.s2, fma(shift, w[w2], f.b2)),
    fma(scale, f.s3, fma(shift, w[w3], f.b3)),
  );
}

fn lossOf(e: Exponentials, rho: f32, a: f32, n: u32, j: u32, target_: u32, lane: u32) -> f32 {
  // vec4f() of a scalar repeats it, so both forms of Column read the same.
  let tops = vec4f(e.top);
  let top = workgroupMax(max(max(tops.x, tops.y), max(tops.z, tops.w)), lane);
  let total = workgroupSum(columnTotal(e.sum * exp(e.top - Column(top))), lane);
  let column = target_ / COLUMN_WIDTH;
  let wanted = vec4f(fma(Column(rho), s[n * COLUMNS + column], fma(Column(-rho * a), w[j * COLUMNS + column], b[column])));
  return log(total) + top - wanted[target_ % COLUMN_WIDTH];
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let g = group.y * groups.x + group.x;
  if (g >= u32(scalars[COUNT_SLOT])) { return; }
  let item = 5u * g;
  let n = items[item].x;
  let target_ = items[item].y;
  let j = vec4u(items[item + 1u].x, items[item + 2u].x, items[item + 3u].x, items[item + 4u].x);
  let a = bitcast<vec4f>(vec4u(items[item + 1u].y, items[item + 2u].y, items[item + 3u].y, items[item + 4u].y));

  var sum = 0.0;
  for (var d = lane; d < WIDTH; d += WORKGROUP_SIZE) { sum += r[n * WIDTH + d]; }
  let mean = workgroupSum(sum, lane) / f32(WIDTH);
  var squares = vec4f();
  for (var d = lane; d < WIDTH; d += WORKGROUP_SIZE) {
    let row = j * WIDTH + d;
    let x = vec4f(r[n * WIDTH + d] - mean) - a * vec4f(u[row.x], u[row.y], u[row.z], u[row.w]);
    squares = fma(x, x, squares);
  }
  let variance = vec4f(workgroupSum(squares.x, lane), workgroupSum(squares.y, lane), workgroupSum(squares.z, lane), workgroupSum(squares.w, lane)) / f32(WIDTH);
  let rho = inverseSqrt(variance + EPSILON);

  let none = Exponentials(Column(LOWEST), Column());
  var e0 = none;
  var e1 = none;
  var e2 = none;
  var e3 = none;
  for (var first = 0u; first < COLUMNS; first += 4u * WORKGROUP_SIZE) {
    let c0 = first + lane;
    let c1 = c0 + WORKGROUP_SIZE;
    let c2 = c1 + WORKGROUP_SIZE;
    let c3 = c2 + WORKGROUP_SIZE;
    // Columns past the last repeat it, lowered so far that their exponentials are 0.
    let last = COLUMNS - 1u;
    let v = vec4u(min(c0, last), min(c1, last), min(c2, last), min(c3, last));
    let row = n * COLUMNS + v;
    let f = Four(
      s[row.x], s[row.y], s[row.z], s[row.w],
      select(Column(LOWEST), b[v.x], c0 < COLUMNS), select(Column(LOWEST), b[v.y], c1 < COLUMNS),
      select(Column(LOWEST), b[v.z], c2 < COLUMNS), select(Column(LOWEST), b[v.w], c3 < COLUMNS),
    );
    let w0 = j.x * COLUMNS + v;
    e0 = logits(e0, f, rho.x, a.x, w0.x, w0.y, w0.z, w0.w);
    let w1 = j.y * COLUMNS + v;
    e1 = logits(e1, f, rho.y, a.y, w1.x, w1.y, w1.z, w1.w);
    let w2 = j.z * COLUMNS + v;
    e2 = logits(e2, f, rho.z, a.z, w2.x, w2.y, w2.z, w2.w);
    let w3 = j.w * COLUMNS + v;
    e3 = logits(e3, f, rho.w, a.w, w3.x, w3.y, w3.z, w3.w);
  }
  let losses = vec4f(
    lossOf(e0, rho.x, a.x, n, j.x, target_, lane),
    lossOf(e1, rho.y, a.y, n, j.y, target_, lane),
    lossOf(e2, rho.z, a.z, n, j.z, target_, lane),
    lossOf(e3, rho.w, a.w, n, j.w, target_, lane),
  );
  if (lane == 0u) { loss[g] = losses; }
}
