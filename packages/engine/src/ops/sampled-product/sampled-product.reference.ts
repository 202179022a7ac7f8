import { Sums } from '../../testing/reference.ts';

/** h (B,F) = d (B,D) · wᵀ + offset where f (B,F) is positive, 0 elsewhere; and the sums (B) of f's positive entries. */
export function sampledProductReference(
  d: Float64Array,
  w: Float64Array,
  f: Float64Array,
  width: number,
  offset: number,
): { readonly h: Sums; readonly rowSum: Sums } {
  const features = w.length / width;
  const h = new Sums(f.length);
  const rowSum = new Sums(f.length / features);
  f.forEach((value, at) => {
    if (!(value > 0)) return;
    const b = Math.floor(at / features);
    const j = at % features;
    for (let c = 0; c < width; c++) h.add(at, d[b * width + c]! * w[j * width + c]!);
    h.add(at, offset);
    rowSum.add(b, value);
  });
  return { h, rowSum };
}
