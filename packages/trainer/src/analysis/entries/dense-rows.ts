import type { Rows } from './entry-file.ts';

/** The positive entries of the first `rows` rows of x (N,A): neurons as features, active where they are above zero. */
export function positiveEntries(x: Float32Array, width: number, rows: number, first: number): Rows {
  const offsets = new Uint32Array(rows + 1);
  const features = new Uint32Array(rows * width);
  const values = new Float32Array(rows * width);
  let at = 0;
  for (let row = 0, i = 0; row < rows; row++) {
    for (let k = 0; k < width; k++, i++) {
      const value = x[i]!;
      // Half of them are positive, in no order: a branch would be guessed wrong as often as right.
      features[at] = k;
      values[at] = value;
      at += value > 0 ? 1 : 0;
    }
    offsets[row + 1] = at;
  }
  return { first, rows, offsets, features: features.subarray(0, at), values: values.subarray(0, at) };
}
