import { Sums } from '../../testing/reference.ts';

/** y = x - v, the vector v (D) taken from every row. */
export function subtractRowReference(x: Float64Array, v: Float64Array): Sums {
  const y = new Sums(x.length);
  x.forEach((value, i) => y.add(i, value - v[i % v.length]!));
  return y;
}
