// out (M,N) = left (M,K) · right (K,N): one thread an element, nothing kept. What the families of the engine beat.
@group(0) @binding(0) var<storage, read> left: array<f32>;
@group(0) @binding(1) var<storage, read> right: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>;

override M: u32;
override N: u32;
override K: u32;
override LEFT_ROW: u32;
override LEFT_COLUMN: u32;
override RIGHT_ROW: u32;
override RIGHT_COLUMN: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i >= M * N) { return; }
  let row = i / N;
  let column = i % N;
  var sum = 0.0;
  for (var k = 0u; k < K; k++) {
    sum += left[row * LEFT_ROW + k * LEFT_COLUMN] * right[k * RIGHT_ROW + column * RIGHT_COLUMN];
  }
  out[i] = sum;
}
