// destination[to[i]] = scale · source[from[i]] for i < scalars[COUNT_SLOT]; rows of WIDTH. One thread an element.
@group(0) @binding(0) var<storage, read> source: array<f32>;
@group(0) @binding(1) var<storage, read> places: array<vec2u>;   // (from, to)
@group(0) @binding(2) var<storage, read> scalars: array<f32>;
@group(0) @binding(3) var<storage, read_write> destination: array<f32>;

override ROWS: u32;
override WIDTH: u32;
override COUNT_SLOT: u32;
override SCALE_SLOT: u32;
override FROM: u32;        // rows of source that are bound
override FROM_ROWS: u32;
override TO: u32;          // rows of destination that are bound
override TO_ROWS: u32;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3u, @builtin(num_workgroups) groups: vec3u) {
  let i = id.y * groups.x * 64u + id.x;
  let row = i / WIDTH;
  if (row >= min(ROWS, u32(scalars[COUNT_SLOT]))) { return; }
  let place = places[row] - vec2u(FROM, TO);   // wraps before the first row, and is then too large
  if (place.x >= FROM_ROWS || place.y >= TO_ROWS) { return; }
  let column = i % WIDTH;
  destination[place.y * WIDTH + column] = scalars[SCALE_SLOT] * source[place.x * WIDTH + column];
}
