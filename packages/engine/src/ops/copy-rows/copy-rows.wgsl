// destination[to[i]] = scale · source[from[i]] for i < scalars[COUNT_SLOT]; rows of WIDTH Columns, of which a workgroup takes
// WORKGROUP_SIZE · RUN neighbours.
@group(0) @binding(0) var<storage, read> source: array<Column>;
@group(0) @binding(1) var<storage, read> places: array<vec2u>;   // (from, to)
@group(0) @binding(2) var<storage, read> scalars: array<f32>;
@group(0) @binding(3) var<storage, read_write> destination: array<Column>;

override ROWS: u32;
override WIDTH: u32;       // D / COLUMN_WIDTH
override COUNT_SLOT: u32;
override SCALE_SLOT: u32;
override FROM: u32;        // rows of source that are bound
override FROM_ROWS: u32;
override TO: u32;          // rows of destination that are bound
override TO_ROWS: u32;
override WORKGROUP_SIZE: u32;
override RUN: u32;

@compute @workgroup_size(WORKGROUP_SIZE)
fn main(@builtin(workgroup_id) group: vec3u, @builtin(num_workgroups) groups: vec3u, @builtin(local_invocation_index) lane: u32) {
  let begin = (group.y * groups.x + group.x) * WORKGROUP_SIZE * RUN;
  let end = min(begin + WORKGROUP_SIZE * RUN, min(ROWS, u32(scalars[COUNT_SLOT])) * WIDTH);
  let scale = scalars[SCALE_SLOT];
  for (var i = begin + lane; i < end; i += WORKGROUP_SIZE) {
    let row = i / WIDTH;
    let place = places[row] - vec2u(FROM, TO);   // wraps before the first row, and is then too large
    if (place.x >= FROM_ROWS || place.y >= TO_ROWS) { continue; }
    let column = i % WIDTH;
    destination[place.y * WIDTH + column] = scale * source[place.x * WIDTH + column];
  }
}
