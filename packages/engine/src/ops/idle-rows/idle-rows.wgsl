// idle_j = count_j > 0 ? 0 : min(idle_j + ROWS, 2³¹). count (F) -> idle (F) u32. One thread an element.
@group(0) @binding(0) var<storage, read> count: array<f32>;
@group(0) @binding(1) var<storage, read_write> idle: array<u32>;

override COUNT: u32;
override ROWS: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  if (i < COUNT) { idle[i] = select(min(idle[i] + ROWS, 0x80000000u), 0u, count[i] > 0.0); }
}
