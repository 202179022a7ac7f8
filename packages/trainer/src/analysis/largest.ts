/**
 * The k largest numbers of each of many rows, with an id for each, kept while they come. Of equal numbers the
 * earlier one stays ahead.
 */
export class Largest {
  readonly k: number;
  readonly #values: Float64Array;
  readonly #ids: Float64Array;
  readonly #counts: Uint32Array;

  constructor(rows: number, k: number) {
    this.k = k;
    this.#values = new Float64Array(rows * k);
    this.#ids = new Float64Array(rows * k);
    this.#counts = new Uint32Array(rows);
  }

  /** Offers a number to a row. */
  offer(row: number, value: number, id: number): void {
    const start = row * this.k;
    const count = this.#counts[row]!;
    let at = start + count;
    if (count === this.k) {
      if (!(value > this.#values[at - 1]!)) return;
      at -= 1;
    } else {
      this.#counts[row] = count + 1;
    }
    for (; at > start && value > this.#values[at - 1]!; at--) {
      this.#values[at] = this.#values[at - 1]!;
      this.#ids[at] = this.#ids[at - 1]!;
    }
    this.#values[at] = value;
    this.#ids[at] = id;
  }

  /** What a row holds, largest first. */
  of(row: number): { id: number; value: number }[] {
    return Array.from({ length: this.#counts[row]! }, (_, i) => ({
      id: this.#ids[row * this.k + i]!,
      value: this.#values[row * this.k + i]!,
    }));
  }
}
