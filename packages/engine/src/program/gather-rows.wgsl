// Sums of rows that are gathered from an array, which the kernel's gathered() reads up to gatheredEnd(). They begin anywhere in
// their vec4f, and are shifted to where the row that is summed begins, or to 0. What Columns hold beyond the row is
// worked out along with it and never kept.
override D: u32;
override ALIGNED: bool = D % 4u == 0u;
override COLUMNS: u32 = select((D + 6u) / 4u, D / 4u, ALIGNED);   // that a row has at most
// A lane owns four Columns of a chunk: neighbours, or each WORKGROUP_SIZE from the one before.
override NEIGHBOURS: bool;

// Four Columns of a row.
struct Four { a: Column, b: Column, c: Column, d: Column }

fn plus(x: Four, y: Four) -> Four { return Four(x.a + y.a, x.b + y.b, x.c + y.c, x.d + y.d); }

fn owned(chunk: u32, lane: u32) -> vec4u {
  if (NEIGHBOURS) { return chunk + 4u * lane + vec4u(0u, 1u, 2u, 3u); }
  return chunk + lane + vec4u(0u, 1u, 2u, 3u) * WORKGROUP_SIZE;
}

// sum + v times the Columns `own` of the gathered row that begins with element `start`.
fn withRow(sum: Four, v: f32, start: u32, offset: u32, own: vec4u) -> Four {
  let scale = Column(v);
  if (ALIGNED) {
    let at = min(start / 4u + own, vec4u(gatheredEnd()));
    return Four(
      fma(scale, gathered(at.x), sum.a), fma(scale, gathered(at.y), sum.b),
      fma(scale, gathered(at.z), sum.c), fma(scale, gathered(at.w), sum.d),
    );
  }
  let begin = start + 4u - offset;
  let shift = begin & 3u;
  let at = begin / 4u + own;
  let next = min(at, vec4u(gatheredEnd()));
  let before = min(max(at, vec4u(1u)) - 1u, vec4u(gatheredEnd()));
  let first = gathered(before.x);
  let a = gathered(next.x);
  let b = gathered(next.y);
  let c = gathered(next.z);
  let d = gathered(next.w);
  var here = Four(first, a, b, c);
  if (!NEIGHBOURS) { here = Four(first, gathered(before.y), gathered(before.z), gathered(before.w)); }
  return Four(
    fma(scale, shifted(here.a, a, shift), sum.a), fma(scale, shifted(here.b, b, shift), sum.b),
    fma(scale, shifted(here.c, c, shift), sum.c), fma(scale, shifted(here.d, d, shift), sum.d),
  );
}

// The Column of a row of another array that begins with its element `start`, in `here` and `next`.
fn alongside(here: vec4f, next: vec4f, start: u32) -> Column {
  if (ALIGNED) { return here; }
  return shifted(here, next, offsetOf(start));
}
