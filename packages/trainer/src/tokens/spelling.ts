/** Two token ids that become one, in the order in which they were learnt. */
export type Merge = readonly [left: number, right: number];

/** The bytes of every token, and which token has given bytes: two merges may spell the same. */
export class Spelling {
  readonly #bytes: string[] = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
  readonly #ids = new Map(this.#bytes.map((bytes, id) => [bytes, id]));

  get size(): number {
    return this.#bytes.length;
  }

  /** The id of the token spelt by two others; a new one unless something has that spelling already. */
  merge(left: number, right: number): number {
    const bytes = `${this.#bytes[left]}${this.#bytes[right]}`;
    const known = this.#ids.get(bytes);
    if (known !== undefined) return known;
    this.#ids.set(bytes, this.#bytes.length);
    return this.#bytes.push(bytes) - 1;
  }

  /** The bytes of a token, one a character (latin1). */
  of(id: number): string {
    return this.#bytes[id] ?? '';
  }
}
