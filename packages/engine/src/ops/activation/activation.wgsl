// y = act(x), or with BACKWARD = 1: y = gradient · act'(x). Element by element, four at a time.
// KIND 0: ReLU; 1: GELU with the exact error function; 2: GELU by tanh, GPT-2's gelu_new.
@group(0) @binding(0) var<storage, read> x: array<vec4f>;
@group(0) @binding(1) var<storage, read> gradient: array<vec4f>;   // x again when BACKWARD is 0
@group(0) @binding(2) var<storage, read_write> y: array<vec4f>;

override COUNT: u32;   // vec4s
override WORKGROUP_SIZE: u32;
override RUN: u32;   // vec4s of a thread
override KIND: u32;
override BACKWARD: u32;

const SQRT_HALF = 0.7071067811865476;
const INVERSE_SQRT_TAU = 0.3989422804014327;
const TANH_SCALE = 0.7978845608028654;   // sqrt(2 / pi)
const TANH_CUBIC = 0.044715;

// Abramowitz and Stegun 7.1.26: absolute error below 1.5e-7, about one unit in the last place of 1.0.
fn errorFunction(v: vec4f) -> vec4f {
  let a = abs(v);
  let t = 1.0 / (1.0 + 0.3275911 * a);
  let p = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))));
  return sign(v) * (1.0 - p * exp(-min(a * a, vec4f(80.0))));
}

// tanh of large arguments overflows on some drivers.
fn boundedTanh(v: vec4f) -> vec4f { return tanh(clamp(v, vec4f(-15.0), vec4f(15.0))); }

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let first = (group.y * groups.x + group.x) * WORKGROUP_SIZE * RUN + lane;
  for (var i = first; i < min(first + WORKGROUP_SIZE * RUN, COUNT); i += WORKGROUP_SIZE) {
    let v = x[i];
    var value: vec4f;
    var slope: vec4f;
    if (KIND == 0u) {
      value = max(v, vec4f());
      slope = select(vec4f(), vec4f(1.0), v > vec4f());
    } else if (KIND == 1u) {
      let cumulative = 0.5 * (1.0 + errorFunction(v * SQRT_HALF));
      value = v * cumulative;
      slope = cumulative + v * INVERSE_SQRT_TAU * exp(-min(0.5 * v * v, vec4f(80.0)));
    } else {
      let t = boundedTanh(TANH_SCALE * (v + TANH_CUBIC * v * v * v));
      value = 0.5 * v * (1.0 + t);
      slope = 0.5 * (1.0 + t) + 0.5 * v * (1.0 - t * t) * TANH_SCALE * (1.0 + 3.0 * TANH_CUBIC * v * v);
    }
    if (BACKWARD == 1u) { y[i] = gradient[i] * slope; } else { y[i] = value; }
  }
}
