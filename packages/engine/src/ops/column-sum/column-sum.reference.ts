import { Sums } from '../../testing/reference.ts';

/** Roundings of a sum over N rows: 64 in a block, and 64 for each further pass over the blocks. */
export function columnSumRoundings(rows: number): number {
  return rows <= 64 ? rows + 1 : 65 + columnSumRoundings(Math.ceil(rows / 64));
}

/** y (D) = Σ_n scale_n · x_n for x (N,D); every scale is 1 where none is given. */
export function columnSumReference(x: Float64Array, width: number, scale?: Float64Array): Sums {
  const y = new Sums(width);
  for (let n = 0; n < x.length / width; n++) {
    for (let d = 0; d < width; d++) y.add(d, (scale?.[n] ?? 1) * x[n * width + d]!);
  }
  return y;
}
