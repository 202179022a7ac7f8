// Adam (Kingma and Ba 2015), in place, element by element, four at a time:
// m = β1·m + (1-β1)·g;  v = β2·v + (1-β2)·g²;  p = p - rate · m·c1 / (sqrt(v·c2) + ε)
// with the bias corrections c1 = 1/(1-β1^t) and c2 = 1/(1-β2^t) given as scalars beside the rate. With CLIPPED = 1, g is
// scalars[CLIP_SLOT] times the gradient.
@group(0) @binding(0) var<storage, read> gradient: array<vec4f>;
@group(0) @binding(1) var<storage, read_write> parameter: array<vec4f>;
@group(0) @binding(2) var<storage, read_write> firstMoment: array<vec4f>;
@group(0) @binding(3) var<storage, read_write> secondMoment: array<vec4f>;
@group(0) @binding(4) var<storage, read> scalars: array<f32>;

override COUNT: u32;   // vec4s
override WORKGROUP_SIZE: u32;
override RUN: u32;   // vec4s of a thread
override BETA1: f32;
override BETA2: f32;
override COMPLEMENT1: f32;   // 1 - BETA1, rounded once: in f32, 1 - 0.999 is off by 1e-5 of itself
override COMPLEMENT2: f32;
override EPSILON: f32;
override RATE_SLOT: u32;
override RATE_FACTOR: f32;   // of this parameter's rate over the scalar
override CORRECTION1_SLOT: u32;
override CORRECTION2_SLOT: u32;
override CLIPPED: u32;
override CLIP_SLOT: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let rate = RATE_FACTOR * scalars[RATE_SLOT];
  let correction1 = scalars[CORRECTION1_SLOT];
  let correction2 = scalars[CORRECTION2_SLOT];
  let first = (group.y * groups.x + group.x) * WORKGROUP_SIZE * RUN + lane;
  for (var i = first; i < min(first + WORKGROUP_SIZE * RUN, COUNT); i += WORKGROUP_SIZE) {
    var g = gradient[i];
    if (CLIPPED == 1u) { g *= scalars[CLIP_SLOT]; }
    let m = BETA1 * firstMoment[i] + COMPLEMENT1 * g;
    let v = BETA2 * secondMoment[i] + COMPLEMENT2 * g * g;
    firstMoment[i] = m;
    secondMoment[i] = v;
    parameter[i] -= rate * (m * correction1 / (sqrt(v * correction2) + EPSILON));
  }
}
