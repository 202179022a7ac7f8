import type { Rows } from './entry-file.ts';

/** The positive entries of the first `rows` rows of x (N,A): neurons as features, active where they are above zero. */
export function positiveEntries(x: Float32Array, width: number, rows: number, first: number): Rows {
  const offsets = new Uint32Array(rows + 1);
  let count = 0;
  for (let i = 0; i < rows * width; i++) if (x[i]! > 0) count++;
  const features = new Uint32Array(count);
  const values = new Float32Array(count);
  let at = 0;
  for (let row = 0, i = 0; row < rows; row++) {
    for (let k = 0; k < width; k++, i++) {
      const value = x[i]!;
      if (!(value > 0)) continue;
      features[at] = k;
      values[at++] = value;
    }
    offsets[row + 1] = at;
  }
  return { first, rows, offsets, features, values };
}
