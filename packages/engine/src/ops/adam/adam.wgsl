// Adam (Kingma and Ba 2015), in place, one thread four elements:
// m = β1·m + (1-β1)·g;  v = β2·v + (1-β2)·g²;  p = p - rate · m·c1 / (sqrt(v·c2) + ε)
// with the bias corrections c1 = 1/(1-β1^t) and c2 = 1/(1-β2^t) given as scalars beside the rate.
@group(0) @binding(0) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> firstMoment: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> secondMoment: array<vec4f>;
@group(0) @binding(4) var<storage, read> scalars: array<f32>;

override COUNT: u32;   // vec4s
override BETA1: f32;
override BETA2: f32;
override COMPLEMENT1: f32;   // 1 - BETA1, rounded once: in f32, 1 - 0.999 is off by 1e-5 of itself
override COMPLEMENT2: f32;
override EPSILON: f32;
override RATE_SLOT: u32;
override CORRECTION1_SLOT: u32;
override CORRECTION2_SLOT: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= COUNT) { return; }
  let g = gradient[i];
  let m = BETA1 * firstMoment[i] + COMPLEMENT1 * g;
  let v = BETA2 * secondMoment[i] + COMPLEMENT2 * g * g;
  firstMoment[i] = m;
  secondMoment[i] = v;
  let step = m * scalars[CORRECTION1_SLOT] / (sqrt(v * scalars[CORRECTION2_SLOT]) + EPSILON);
  parameter[i] -= scalars[RATE_SLOT] * step;
}
