import type { Rows } from './entry-file.ts';

/** Finds the positive entries of rows of neurons: features that are active where they are above zero. */
export class PositiveEntries {
  readonly #width: number;
  readonly #features: Uint32Array;
  readonly #values: Float32Array;
  readonly #bits: Int32Array;

  /** @param width A @param rows looked at once, at most */
  constructor(width: number, rows: number) {
    this.#width = width;
    this.#features = new Uint32Array(rows * width);
    this.#values = new Float32Array(rows * width);
    this.#bits = new Int32Array(this.#values.buffer);
  }

  /** Those of the first `rows` rows of x (N,A). The arrays are valid until the next call. */
  of(x: Float32Array, rows: number, first: number): Rows {
    const features = this.#features;
    const bits = this.#bits;
    const given = new Int32Array(x.buffer, x.byteOffset, rows * this.#width);
    const offsets = new Uint32Array(rows + 1);
    let at = 0;
    for (let row = 0, i = 0; row < rows; row++) {
      for (let k = 0; k < this.#width; k++, i++) {
        const word = given[i]!;
        // Half of them are positive, in no order: a branch would be guessed wrong as often as right, and a comparison is
        // made into one. So it is the sign and the bits of the number that say it, of which some are set unless it is 0.
        features[at] = k;
        bits[at] = word;
        at = (at + (((word | -word) >>> 31) & (~word >>> 31))) | 0;
      }
      offsets[row + 1] = at;
    }
    return { first, rows, offsets, features: features.subarray(0, at), values: this.#values.subarray(0, at) };
  }
}
