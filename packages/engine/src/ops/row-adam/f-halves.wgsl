// f (B,F) of row-adam in two bindings: its rows before parts[0].z, and the others.
@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(8) var<storage, read> others: array<f32>;
@group(0) @binding(9) var<uniform> parts: array<vec4u, 16>;

override FEATURES: u32;
override AGAIN: u32;   // 1: the second part has the rows of the first again

fn activation(row: u32, j: u32) -> f32 {
  let b = select(row, row - parts[0].x, AGAIN == 1u && row >= parts[0].x);
  if (b < parts[0].z) { return f[b * FEATURES + j]; }
  return others[(b - parts[0].z) * FEATURES + j];
}
