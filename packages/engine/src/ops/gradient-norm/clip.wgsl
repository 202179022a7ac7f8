// scalars[FACTOR_SLOT] = min(1, LARGEST / (√total + 1e-6)). One thread.
@group(0) @binding(0) var<storage, read> total: array<f32>;
@group(0) @binding(1) var<storage, read_write> scalars: array<f32>;

override LARGEST: f32;
override FACTOR_SLOT: u32;

@compute @workgroup_size(1)
fn main() {
  scalars[FACTOR_SLOT] = min(1.0, LARGEST / (sqrt(total[0]) + 1e-6));
}
