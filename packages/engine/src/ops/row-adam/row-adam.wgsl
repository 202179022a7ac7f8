// Adam on the rows of w (F,D), or on a block of them, with each row's gradient gathered on the spot and never stored:
// g = Σ over active rows b of f[b,j] · y[row of b and j]  (or, with FROM_GRADIENT = 1, g = gradient[j])
// with ALONG = 1: g -= along[j] · w / |w|²; for rows kept at norm 1, along is g·w, which is known from the sampled
// products as Σ f[b,j] (y[b]·w). Then along[j] = |g|²; with CLIPPED = 1 Adam is given scalars[CLIP_SLOT] · g.
// with UNIT_ROWS = 1: w /= |w| after the step; with UPDATE = 0 only |g|² is found, and nothing moves.
// One workgroup a row. Every row moves, active or not: that is Adam.
// What comes before this text binds f, and `parts` after all else: f-whole, or f-halves.
@group(0) @binding(1) var<storage, read> columns: array<u32>;
@group(0) @binding(2) var<storage, read> y: array<Column>;         // or the gradient of the same rows
@group(0) @binding(3) var<storage, read_write> along: array<f32>;
@group(0) @binding(4) var<storage, read> scalars: array<f32>;
@group(0) @binding(5) var<storage, read_write> w: array<Column>;
@group(0) @binding(6) var<storage, read_write> firstMoment: array<Column>;
@group(0) @binding(7) var<storage, read_write> secondMoment: array<Column>;

override WIDTH: u32;           // D / COLUMN_WIDTH
override SUMMARIES: u32;   // summary rows of columns
override FROM_GRADIENT: u32;
override ALONG: u32;
override UNIT_ROWS: u32;
override UPDATE: u32;
override CLIPPED: u32;
override CLIP_SLOT: u32;
override GROUPS: u32;
// parts: (rows of f in the first part, where in y the second part begins, see f-halves, -), (-, -, first of the rows of w,
// the moments and along here, how many), and then where each group of columns ends.

// Where in y the first part's rows begin for column j.
fn groupStart(j: u32) -> u32 {
  var group = 0u;
  for (var i = 2u; i <= GROUPS; i++) { group += select(0u, 1u, j >= parts[(i + 6u) / 4u][(i + 6u) % 4u]); }
  return group * parts[0].x;
}

override BETA1: f32;
override BETA2: f32;
override COMPLEMENT1: f32;   // 1 - BETA1, rounded once: in f32, 1 - 0.999 is off by 1e-5 of itself
override COMPLEMENT2: f32;
override EPSILON: f32;
override RATE_SLOT: u32;
override CORRECTION1_SLOT: u32;
override CORRECTION2_SLOT: u32;

fn step(at: u32, given: Column) -> Column {
  let old = w[at];
  var g = given;
  if (CLIPPED == 1u) { g *= scalars[CLIP_SLOT]; }
  let m = BETA1 * firstMoment[at] + COMPLEMENT1 * g;
  let v = BETA2 * secondMoment[at] + COMPLEMENT2 * g * g;
  firstMoment[at] = m;
  secondMoment[at] = v;
  let next = old - scalars[RATE_SLOT] * (m * scalars[CORRECTION1_SLOT] / (sqrt(v * scalars[CORRECTION2_SLOT]) + Column(EPSILON)));
  w[at] = next;
  return next * next;
}

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let i = group.y * groups.x + group.x;
  if (i >= parts[1].w) { return; }
  let j = parts[1].z + i;
  let start = i * WIDTH;
  var share = 0.0;
  if (ALONG == 1u) {
    var squares = Column();
    for (var c = lane; c < WIDTH; c += WORKGROUP_SIZE) { squares = fma(w[start + c], w[start + c], squares); }
    share = along[i] / max(workgroupSum(columnTotal(squares), lane), 1e-30);
  }
  let first = parts[0].x;
  let firstStart = groupStart(j);
  let secondStart = parts[0].y - first;
  var squares = Column();
  var gradientSquares = Column();
  let last = WIDTH - 1u;
  for (var chunk = 0u; chunk < WIDTH; chunk += 4u * WORKGROUP_SIZE) {
    let c0 = chunk + lane;
    let c1 = c0 + WORKGROUP_SIZE;
    let c2 = c1 + WORKGROUP_SIZE;
    let c3 = c2 + WORKGROUP_SIZE;
    var g0 = Column();
    var g1 = Column();
    var g2 = Column();
    var g3 = Column();
    if (FROM_GRADIENT == 1u) {
      g0 = y[start + min(c0, last)];
      g1 = y[start + min(c1, last)];
      g2 = y[start + min(c2, last)];
      g3 = y[start + min(c3, last)];
    } else {
      for (var s = 0u; s < SUMMARIES; s++) {
        var summary = columns[s * FEATURES + j];
        while (summary != 0u) {
          let block = s * 32u + firstTrailingBit(summary);
          summary &= summary - 1u;
          var bits = columns[(SUMMARIES + block) * FEATURES + j];
          // Blocks of rows are summed by themselves first, which keeps the error small in long batches.
          var p0 = Column();
          var p1 = Column();
          var p2 = Column();
          var p3 = Column();
          while (bits != 0u) {
            let b = block * 32u + firstTrailingBit(bits);
            bits &= bits - 1u;
            let v = Column(activation(b, j));
            let row = (b + select(firstStart, secondStart, b >= first)) * WIDTH;
            p0 = fma(v, y[row + min(c0, last)], p0);
            p1 = fma(v, y[row + min(c1, last)], p1);
            p2 = fma(v, y[row + min(c2, last)], p2);
            p3 = fma(v, y[row + min(c3, last)], p3);
          }
          g0 += p0;
          g1 += p1;
          g2 += p2;
          g3 += p3;
        }
      }
    }
    if (ALONG == 1u) {
      g0 -= share * w[start + min(c0, last)];
      g1 -= share * w[start + min(c1, last)];
      g2 -= share * w[start + min(c2, last)];
      g3 -= share * w[start + min(c3, last)];
    }
    if (c0 < WIDTH) { gradientSquares = fma(g0, g0, gradientSquares); }
    if (c1 < WIDTH) { gradientSquares = fma(g1, g1, gradientSquares); }
    if (c2 < WIDTH) { gradientSquares = fma(g2, g2, gradientSquares); }
    if (c3 < WIDTH) { gradientSquares = fma(g3, g3, gradientSquares); }
    if (UPDATE == 1u) {
      if (c0 < WIDTH) { squares += step(start + c0, g0); }
      if (c1 < WIDTH) { squares += step(start + c1, g1); }
      if (c2 < WIDTH) { squares += step(start + c2, g2); }
      if (c3 < WIDTH) { squares += step(start + c3, g3); }
    }
  }
  let gradientSquare = workgroupSum(columnTotal(gradientSquares), lane);
  if (lane == 0u) { along[i] = gradientSquare; }
  if (UPDATE == 1u && UNIT_ROWS == 1u) {
    let inverse = inverseSqrt(max(workgroupSum(columnTotal(squares), lane), 1e-30));
    for (var c = lane; c < WIDTH; c += WORKGROUP_SIZE) { w[start + c] *= inverse; }
  }
}
