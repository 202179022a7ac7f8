// threshold += RATE · (float of bits - threshold). bits u32 (4), of which the first counts -> threshold (1). One thread.
@group(0) @binding(0) var<storage, read> bits: array<u32>;
@group(0) @binding(1) var<storage, read> scalars: array<f32>;
@group(0) @binding(2) var<storage, read_write> threshold: array<f32>;

override RATE_SLOT: u32;

@compute @workgroup_size(1)
fn main() {
  threshold[0] += scalars[RATE_SLOT] * (bitcast<f32>(bits[0]) - threshold[0]);
}
