import type { Rows } from './entry-file.ts';

/** Finds the positive entries of rows of neurons: features that are active where they are above zero. */
export class PositiveEntries {
  readonly #width: number;
  readonly #features: Uint32Array;
  readonly #values: Float32Array;

  /** @param width A @param rows looked at once, at most */
  constructor(width: number, rows: number) {
    this.#width = width;
    this.#features = new Uint32Array(rows * width);
    this.#values = new Float32Array(rows * width);
  }

  /** Those of the first `rows` rows of x (N,A). The arrays are valid until the next call. */
  of(x: Float32Array, rows: number, first: number): Rows {
    const features = this.#features;
    const values = this.#values;
    const offsets = new Uint32Array(rows + 1);
    let at = 0;
    for (let row = 0, i = 0; row < rows; row++) {
      for (let k = 0; k < this.#width; k++, i++) {
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
}
