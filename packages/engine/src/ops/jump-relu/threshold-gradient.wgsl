// dθ_j = -(θ_j / BANDWIDTH) · Σ near d·w_j  -  (penalty / BANDWIDTH) · count near, with the rectangle kernel of
// Rajamanoharan et al. 2024; the sums run over the entries within half a bandwidth of the threshold.
@group(0) @binding(0) var<storage, read> threshold: array<f32>;
@group(0) @binding(1) var<storage, read> sumProducts: array<f32>;
@group(0) @binding(2) var<storage, read> count: array<f32>;
@group(0) @binding(3) var<storage, read> scalars: array<f32>;
@group(0) @binding(4) var<storage, read_write> gradient: array<f32>;

override FEATURES: u32;
override BANDWIDTH: f32;
override PENALTY_SLOT: u32;
override PENALTY_SCALE: f32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let j = id.y * groups.x * 64u + id.x;
  if (j >= FEATURES) { return; }
  let penalty = scalars[PENALTY_SLOT] * PENALTY_SCALE;
  gradient[j] = -(threshold[j] * sumProducts[j] + penalty * count[j]) / BANDWIDTH;
}
