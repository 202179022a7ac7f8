import { Sums } from '../../testing/reference.ts';

/** The Euclidean norm of each row of w. */
export function rowNormReference(w: Float64Array, width: number): Sums {
  const norms = new Sums(w.length / width);
  for (let row = 0; row < norms.values.length; row++)
    norms.add(row, Math.hypot(...w.subarray(row * width, (row + 1) * width)));
  return norms;
}
