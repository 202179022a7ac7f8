// y[b] = bias + sum over the entries e of row b of values[e] · w[columns[e]]: entries offsets[b] to offsets[b+1], columns
// ascending. offsets (B+1), columns, values (CAPACITY), w (F,D) or a block of its rows, bias (D) -> y (B,D).
// Rows whose entries go beyond CAPACITY are left out. One workgroup a row; a lane owns up to eight Columns of a chunk,
// and the chunk's entries stream past them.
@group(0) @binding(0) var<storage, read> offsets: array<u32>;
@group(0) @binding(1) var<storage, read> columns: array<u32>;
@group(0) @binding(2) var<storage, read> values: array<f32>;
@group(0) @binding(3) var<storage, read> w: array<Column>;
@group(0) @binding(4) var<storage, read> bias: array<Column>;
@group(0) @binding(5) var<storage, read_write> y: array<Column>;

override WORKGROUP_SIZE: u32;
override FIRST_ROW: u32;
override END_ROW: u32;
override CAPACITY: u32;
override FROM: u32;       // features whose rows w has here
override END: u32;
override WIDTH: u32;      // D / COLUMN_WIDTH
override OWNED: u32;      // Columns that a lane owns: 4 or 8

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let row = FIRST_ROW + group.y * groups.x + group.x;
  if (row >= END_ROW) { return; }
  let first = offsets[row];
  let end = offsets[row + 1u];
  if (end > CAPACITY) { return; }
  // Columns past the width repeat the last one; they are summed and not stored.
  let last = WIDTH - 1u;
  for (var chunk = 0u; chunk < WIDTH; chunk += OWNED * WORKGROUP_SIZE) {
    let c0 = chunk + lane;
    let c1 = c0 + WORKGROUP_SIZE;
    let c2 = c1 + WORKGROUP_SIZE;
    let c3 = c2 + WORKGROUP_SIZE;
    let c4 = c3 + WORKGROUP_SIZE;
    let c5 = c4 + WORKGROUP_SIZE;
    let c6 = c5 + WORKGROUP_SIZE;
    let c7 = c6 + WORKGROUP_SIZE;
    var y0 = begun(row, min(c0, last));
    var y1 = begun(row, min(c1, last));
    var y2 = begun(row, min(c2, last));
    var y3 = begun(row, min(c3, last));
    var y4 = Column();
    var y5 = Column();
    var y6 = Column();
    var y7 = Column();
    if (OWNED > 4u) {
      y4 = begun(row, min(c4, last));
      y5 = begun(row, min(c5, last));
      y6 = begun(row, min(c6, last));
      y7 = begun(row, min(c7, last));
    }
    // Features of one mask word are summed by themselves first, as sparse-matmul does: the bits are the same.
    var word = 0xffffffffu;
    var p0 = Column();
    var p1 = Column();
    var p2 = Column();
    var p3 = Column();
    var p4 = Column();
    var p5 = Column();
    var p6 = Column();
    var p7 = Column();
    for (var e = first; e < end; e++) {
      let j = columns[e];
      if (j < FROM || j >= END) { continue; }
      if (j / 32u != word) {
        word = j / 32u;
        y0 += p0;
        y1 += p1;
        y2 += p2;
        y3 += p3;
        p0 = Column();
        p1 = Column();
        p2 = Column();
        p3 = Column();
        if (OWNED > 4u) {
          y4 += p4;
          y5 += p5;
          y6 += p6;
          y7 += p7;
          p4 = Column();
          p5 = Column();
          p6 = Column();
          p7 = Column();
        }
      }
      let v = Column(values[e]);
      let start = (j - FROM) * WIDTH;
      p0 = fma(v, w[start + min(c0, last)], p0);
      p1 = fma(v, w[start + min(c1, last)], p1);
      p2 = fma(v, w[start + min(c2, last)], p2);
      p3 = fma(v, w[start + min(c3, last)], p3);
      if (OWNED > 4u) {
        p4 = fma(v, w[start + min(c4, last)], p4);
        p5 = fma(v, w[start + min(c5, last)], p5);
        p6 = fma(v, w[start + min(c6, last)], p6);
        p7 = fma(v, w[start + min(c7, last)], p7);
      }
    }
    let out = row * WIDTH;
    if (c0 < WIDTH) { y[out + c0] = y0 + p0; }
    if (c1 < WIDTH) { y[out + c1] = y1 + p1; }
    if (c2 < WIDTH) { y[out + c2] = y2 + p2; }
    if (c3 < WIDTH) { y[out + c3] = y3 + p3; }
    if (OWNED > 4u) {
      if (c4 < WIDTH) { y[out + c4] = y4 + p4; }
      if (c5 < WIDTH) { y[out + c5] = y5 + p5; }
      if (c6 < WIDTH) { y[out + c6] = y6 + p6; }
      if (c7 < WIDTH) { y[out + c7] = y7 + p7; }
    }
  }
}

// What a sum begins with: the bias, or, where blocks of features follow each other, what the one before left.
fn begun(row: u32, c: u32) -> Column {
  if (FROM > 0u) { return y[row * WIDTH + c]; }
  return bias[c];
}
