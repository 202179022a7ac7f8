import { Sums } from '../../testing/reference.ts';

/** y = a - factor · b. */
export function subtractScaledReference(a: Float64Array, b: Float64Array, factor: number): Sums {
  const y = new Sums(a.length);
  a.forEach((value, i) => {
    y.add(i, value);
    y.add(i, -factor * b[i]!);
  });
  return y;
}
