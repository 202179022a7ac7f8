// y[b] = bias + sum over the entries e of row b of values[e] · w[columns[e]], entries offsets[b] to offsets[b+1]; and
// squares[b] = (|y[b] - x[b]|², |y[b]|²). offsets (B+1), columns, values (CAPACITY), w (F,D) or a block of its rows, which
// a file before this one binds, bias (D), x (B,D) -> y (B,D), squares (B,2).
// Rows whose entries are not all listed are left out. A workgroup takes RUN rows, one after another; a lane owns up to
// eight Columns of a chunk, and the row's entries stream past them.
@group(0) @binding(0) var<storage, read> offsets: array<u32>;
@group(0) @binding(1) var<storage, read> columns: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<Column>;
@group(0) @binding(5) var<storage, read> x: array<Column>;
@group(0) @binding(6) var<storage, read_write> y: array<Column>;
@group(0) @binding(7) var<storage, read_write> squares: array<vec2f>;

override FIRST_ROW: u32;
override END_ROW: u32;
override RUN: u32;
override CAPACITY: u32;
override FROM: u32;       // features whose rows w has here
override END: u32;
override WIDTH: u32;      // D / COLUMN_WIDTH
override OWNED: u32;      // Columns that a lane owns: 2, 4 or 8
// Where one chunk holds a row, a lane owns the same Columns of every row, and the bias of these stays in registers.
override BIAS_STAYS: bool = FROM == 0u && WIDTH <= OWNED * WORKGROUP_SIZE;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let begin = FIRST_ROW + (group.y * groups.x + group.x) * RUN;
  // Columns past the width repeat the last one, and count for nothing.
  let last = WIDTH - 1u;
  let b0 = biasAt(lane + 0u * WORKGROUP_SIZE);
  let b1 = biasAt(lane + 1u * WORKGROUP_SIZE);
  var b2 = Column();
  var b3 = Column();
  var b4 = Column();
  var b5 = Column();
  var b6 = Column();
  var b7 = Column();
  if (OWNED > 2u) {
    b2 = biasAt(lane + 2u * WORKGROUP_SIZE);
    b3 = biasAt(lane + 3u * WORKGROUP_SIZE);
  }
  if (OWNED > 4u) {
    b4 = biasAt(lane + 4u * WORKGROUP_SIZE);
    b5 = biasAt(lane + 5u * WORKGROUP_SIZE);
    b6 = biasAt(lane + 6u * WORKGROUP_SIZE);
    b7 = biasAt(lane + 7u * WORKGROUP_SIZE);
  }
  for (var row = begin; row < min(begin + RUN, END_ROW); row++) {
    let first = offsets[row];
    let listed = offsets[row + 1u] <= CAPACITY && first <= offsets[row + 1u];
    let end = select(first, offsets[row + 1u], listed);
    var apart = Column();
    var long = Column();
    for (var chunk = 0u; chunk < WIDTH; chunk += OWNED * WORKGROUP_SIZE) {
      let c0 = chunk + lane;
      let c1 = c0 + WORKGROUP_SIZE;
      let c2 = c1 + WORKGROUP_SIZE;
      let c3 = c2 + WORKGROUP_SIZE;
      let c4 = c3 + WORKGROUP_SIZE;
      let c5 = c4 + WORKGROUP_SIZE;
      let c6 = c5 + WORKGROUP_SIZE;
      let c7 = c6 + WORKGROUP_SIZE;
      var y0 = begun(row, min(c0, last), b0);
      var y1 = begun(row, min(c1, last), b1);
      var y2 = Column();
      var y3 = Column();
      var y4 = Column();
      var y5 = Column();
      var y6 = Column();
      var y7 = Column();
      if (OWNED > 2u) {
        y2 = begun(row, min(c2, last), b2);
        y3 = begun(row, min(c3, last), b3);
      }
      if (OWNED > 4u) {
        y4 = begun(row, min(c4, last), b4);
        y5 = begun(row, min(c5, last), b5);
        y6 = begun(row, min(c6, last), b6);
        y7 = begun(row, min(c7, last), b7);
      }
      for (var e = first; e < end; e++) {
        let j = columns[e];
        if (j < FROM || j >= END) { continue; }
        let v = Column(values[e]);
        let start = (j - FROM) * WIDTH;
        y0 = fma(v, weights(start + min(c0, last)), y0);
        y1 = fma(v, weights(start + min(c1, last)), y1);
        if (OWNED > 2u) {
          y2 = fma(v, weights(start + min(c2, last)), y2);
          y3 = fma(v, weights(start + min(c3, last)), y3);
        }
        if (OWNED > 4u) {
          y4 = fma(v, weights(start + min(c4, last)), y4);
          y5 = fma(v, weights(start + min(c5, last)), y5);
          y6 = fma(v, weights(start + min(c6, last)), y6);
          y7 = fma(v, weights(start + min(c7, last)), y7);
        }
      }
      if (listed) {
        take(row, c0, y0, &apart, &long);
        take(row, c1, y1, &apart, &long);
        if (OWNED > 2u) {
          take(row, c2, y2, &apart, &long);
          take(row, c3, y3, &apart, &long);
        }
        if (OWNED > 4u) {
          take(row, c4, y4, &apart, &long);
          take(row, c5, y5, &apart, &long);
          take(row, c6, y6, &apart, &long);
          take(row, c7, y7, &apart, &long);
        }
      }
    }
    let found = vec2f(workgroupSum(columnTotal(apart), lane), workgroupSum(columnTotal(long), lane));
    if (listed && lane == 0u) { squares[row] = found; }
  }
}

fn biasAt(c: u32) -> Column { return bias[min(c, WIDTH - 1u)]; }

// What a sum begins with: the bias, or, where blocks of features follow each other, what the one before left.
fn begun(row: u32, c: u32, stayed: Column) -> Column {
  if (BIAS_STAYS) { return stayed; }
  if (FROM > 0u) { return y[row * WIDTH + c]; }
  return bias[c];
}

fn take(row: u32, c: u32, sum: Column, apart: ptr<function, Column>, long: ptr<function, Column>) {
  let at = row * WIDTH + min(c, WIDTH - 1u);
  let counts = Column(select(0.0, 1.0, c < WIDTH));
  let difference = counts * (sum - x[at]);
  y[at] = sum;
  *apart = fma(difference, difference, *apart);
  *long = fma(counts * sum, sum, *long);
}
