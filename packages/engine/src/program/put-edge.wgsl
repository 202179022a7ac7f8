// Stores what a lane takes of an edge, element by element, as other rows have the rest of its vec4f.
fn putEdge(i: u32, mine: Mask, v: Column) {
  if (mine.x) { result[i].x = v.x; }
  if (mine.y) { result[i].y = v.y; }
  if (mine.z) { result[i].z = v.z; }
  if (mine.w) { result[i].w = v.w; }
}
