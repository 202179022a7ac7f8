// f (B,F) of row-adam in one binding.
@group(0) @binding(0) var<storage, read> f: array<f32>;
@group(0) @binding(8) var<uniform> parts: array<vec4u, 16>;

override FEATURES: u32;
override AGAIN: u32;   // 1: the second part has the rows of the first again

fn activation(b: u32, j: u32) -> f32 {
  return f[select(b, b - parts[0].x, AGAIN == 1u && b >= parts[0].x) * FEATURES + j];
}
