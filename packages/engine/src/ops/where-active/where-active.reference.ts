import { Sums } from '../../testing/reference.ts';

/** y = x + offset where f is positive, 0 elsewhere. */
export function whereActiveReference(x: Float64Array, f: Float64Array, offset: number): Sums {
  const y = new Sums(x.length);
  x.forEach((value, i) => {
    if (!(f[i]! > 0)) return;
    y.add(i, value);
    y.add(i, offset);
  });
  return y;
}
