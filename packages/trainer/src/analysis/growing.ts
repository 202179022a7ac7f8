/** A typed array that grows as numbers are pushed. */
export class Growing<Items extends Uint32Array | Float32Array | Float64Array> {
  length = 0;
  readonly #make: (length: number) => Items;
  #items: Items;

  /** @param make an array of zeros of the wanted type */
  constructor(make: (length: number) => Items) {
    this.#make = make;
    this.#items = make(1024);
  }

  push(value: number): void {
    if (this.length === this.#items.length) {
      const larger = this.#make(2 * this.length);
      larger.set(this.#items);
      this.#items = larger;
    }
    this.#items[this.length++] = value;
  }

  /** What was pushed, without a copy. */
  finish(): Items {
    return this.#items.subarray(0, this.length) as Items;
  }
}

export const growingIntegers = (): Growing<Uint32Array> => new Growing((length) => new Uint32Array(length));
export const growingFloats = (): Growing<Float32Array> => new Growing((length) => new Float32Array(length));
/** For numbers of tokens, which may be too many for 32 bits. */
export const growingDoubles = (): Growing<Float64Array> => new Growing((length) => new Float64Array(length));
