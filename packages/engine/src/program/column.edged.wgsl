// Rows of any width, four columns at a time all the same: a row begins `offset` elements into its first vec4f and may end
// within its last. Those two are its edges, the Columns between them are whole.
alias Column = vec4f;
alias Places = vec4u;
alias Mask = vec4<bool>;
const COLUMN_WIDTH = 4u;
const EDGES = true;
fn columnTotal(v: Column) -> f32 { return v.x + v.y + v.z + v.w; }
fn columnTop(v: Column) -> f32 { return max(max(v.x, v.y), max(v.z, v.w)); }
fn columnElement(v: Column, i: u32) -> f32 { return v[i]; }

// How far into a vec4f a row begins whose first element is `start` of an array.
fn offsetOf(start: u32) -> u32 { return start & 3u; }
// Where the elements of Column c are, counted from the beginning of the first: `offset` less in the row.
fn columnPlaces(c: u32) -> Places { return 4u * c + vec4u(0u, 1u, 2u, 3u); }
// Which of them are in the row; those before it wrap to the largest numbers.
fn inRow(offset: u32, width: u32, c: u32) -> Mask { return columnPlaces(c) - offset < vec4u(width); }

// The whole Columns: the first, and the end.
fn wholeFrom(offset: u32) -> u32 { return select(0u, 1u, offset > 0u); }
fn wholeEnd(offset: u32, width: u32) -> u32 { return (offset + width) / 4u; }

// Of the edges the first lane takes the beginning, and the second the end: which Column that is, and which elements of it.
fn edgeColumn(offset: u32, width: u32, lane: u32) -> u32 { return select(0u, (offset + width - 1u) / 4u, lane == 1u); }
fn edge(offset: u32, width: u32, lane: u32) -> Mask {
  let end = wholeEnd(offset, width);
  let first = lane == 0u && offset > 0u;
  let last = lane == 1u && (offset + width) % 4u > 0u && (end > 0u || offset == 0u);
  return inRow(offset, width, select(0u, end, lane == 1u)) & vec4<bool>(first || last);
}

// The Column that begins `shift` elements into `here` and goes on in `next`.
fn shifted(here: vec4f, next: vec4f, shift: u32) -> Column {
  let few = select(here, vec4f(here.yzw, next.x), shift == 1u);
  let many = select(vec4f(here.zw, next.xy), vec4f(here.w, next.xyz), shift == 3u);
  return select(few, many, shift > 1u);
}

// The elements of Column c are in an array of one row, which begins with a vec4f: from this one on, by `shiftOf`.
fn hereOf(offset: u32, c: u32) -> u32 { return select(max(c, 1u) - 1u, c, offset == 0u); }
fn nextOf(offset: u32, width: u32, c: u32) -> u32 { return min(select(c, c + 1u, offset == 0u), (width - 1u) / 4u); }
fn shiftOf(offset: u32) -> u32 { return (4u - offset) & 3u; }
