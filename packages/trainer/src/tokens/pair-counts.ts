// 8,192 squared is 256 MiB of counts, below which indexing by both ids is fastest.
const DENSE_VOCABULARY = 8192;
const EMPTY = -1;

/** How often each pair of token ids was counted; memory is bounded by the distinct pairs once V exceeds 8,192. */
export interface PairCounts {
  increment(left: number, right: number): void;
  get(left: number, right: number): number;
}

/** An empty table for ids below `vocabulary`. */
export const pairCounts = (vocabulary: number): PairCounts =>
  vocabulary <= DENSE_VOCABULARY ? new DensePairCounts(vocabulary) : new SparsePairCounts(vocabulary);

class DensePairCounts implements PairCounts {
  readonly #vocabulary: number;
  readonly #counts: Uint32Array;

  constructor(vocabulary: number) {
    this.#vocabulary = vocabulary;
    this.#counts = new Uint32Array(vocabulary * vocabulary);
  }

  increment(left: number, right: number): void {
    const at = left * this.#vocabulary + right;
    this.#counts[at] = this.#counts[at]! + 1;
  }

  get(left: number, right: number): number {
    return this.#counts[left * this.#vocabulary + right]!;
  }
}

/** A hash table with open addressing, since a Map ends at 16.7 million entries. */
class SparsePairCounts implements PairCounts {
  readonly #vocabulary: number;
  #keys = new Float64Array(1 << 16).fill(EMPTY);
  #counts = new Uint32Array(1 << 16);
  #used = 0;

  constructor(vocabulary: number) {
    this.#vocabulary = vocabulary;
  }

  increment(left: number, right: number): void {
    if (this.#used * 2 > this.#keys.length) this.#grow();
    const key = left * this.#vocabulary + right;
    const slot = this.#slot(key);
    if (this.#keys[slot] === EMPTY) {
      this.#keys[slot] = key;
      this.#used += 1;
    }
    this.#counts[slot] = this.#counts[slot]! + 1;
  }

  get(left: number, right: number): number {
    return this.#counts[this.#slot(left * this.#vocabulary + right)]!;
  }

  #slot(key: number): number {
    const mask = this.#keys.length - 1;
    // The upper bits of a multiplicative hash of both ids (Knuth).
    const mixed = Math.imul((key | 0) ^ Math.imul(Math.floor(key / 2 ** 32), 0x85ebca6b), 0x9e3779b1);
    let slot = (mixed ^ (mixed >>> 15)) & mask;
    while (this.#keys[slot] !== EMPTY && this.#keys[slot] !== key) slot = (slot + 1) & mask;
    return slot;
  }

  #grow(): void {
    const [keys, counts] = [this.#keys, this.#counts];
    this.#keys = new Float64Array(keys.length * 2).fill(EMPTY);
    this.#counts = new Uint32Array(keys.length * 2);
    for (let from = 0; from < keys.length; from += 1) {
      const key = keys[from]!;
      if (key === EMPTY) continue;
      const slot = this.#slot(key);
      this.#keys[slot] = key;
      this.#counts[slot] = counts[from]!;
    }
  }
}
