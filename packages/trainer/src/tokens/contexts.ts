import { CorpusError } from '../text/corpus.ts';
import { scramble } from './scramble.ts';

/** Anything tokens can be read from by range; a `TokenShard` is one. */
export interface TokenSource {
  readonly length: number;
  read(start: number, count: number): Uint32Array<ArrayBuffer>;
}

/**
 * A stream of tokens cut into contexts. Context i is the T+1 tokens from i*T on: T inputs, and as targets the
 * same shifted by one, so every token but the first is predicted exactly once.
 */
export class Contexts {
  readonly source: TokenSource;
  /** T, the number of inputs of a context. */
  readonly length: number;
  /** How many contexts the stream holds; tokens after the last whole one are not used. */
  readonly count: number;

  /** @throws {CorpusError} if the stream is too short for one context; `what` names it in the message */
  constructor(source: TokenSource, length: number, what: string) {
    this.source = source;
    this.length = length;
    this.count = Math.floor((source.length - 1) / length);
    if (this.count < 1)
      throw new CorpusError(
        `${what}: expected at least ${length + 1} tokens (a context of ${length} and the token after it), got ${source.length}; add text, or choose a shorter context`,
      );
  }

  /** The T+1 tokens of a context. @throws {RangeError} unless 0 <= index < count */
  read(index: number): Uint32Array<ArrayBuffer> {
    return this.source.read(index * this.length, this.length + 1);
  }

  /** The contexts of a batch, (B,T+1), row by row. */
  readBatch(indices: readonly number[]): Uint32Array<ArrayBuffer> {
    const batch = new Uint32Array(indices.length * (this.length + 1));
    for (const [row, index] of indices.entries()) batch.set(this.read(index), row * (this.length + 1));
    return batch;
  }
}

// Enough for a Feistel network to be indistinguishable from random for our purposes.
const ROUNDS = 6;

/**
 * A shuffled order of `count` contexts, decided by the seed and the epoch alone: the i-th place (from 0) holds
 * context `order(i)`, and every context has one place.
 *
 * Nothing is stored: a Feistel network permutes the smallest 4^k >= count numbers, and a number beyond `count`
 * is permuted again until it falls below (Black and Rogaway 2002, cycle walking).
 */
export function contextOrder(count: number, seed: number, epoch = 0): (place: number) => number {
  let bits = 1;
  while (4 ** bits < count) bits += 1;
  const half = 2 ** bits;
  const keys = Array.from({ length: ROUNDS }, (_, round) => scramble(seed, epoch, round));
  const permute = (number: number): number => {
    let left = Math.floor(number / half);
    let right = number % half;
    for (const key of keys) [left, right] = [right, (left ^ scramble(key, right)) & (half - 1)];
    return left * half + right;
  };
  return (place) => {
    if (!(Number.isInteger(place) && place >= 0 && place < count))
      throw new RangeError(`internal: place ${place} in an order of ${count} contexts`);
    let number = permute(place);
    while (number >= count) number = permute(number);
    return number;
  };
}

/**
 * Which contexts each training step takes: step s (from 0) takes places s*B to (s+1)*B of an endless sequence of
 * epochs, each in an order of its own. It depends on the arguments alone, so training resumes anywhere.
 */
export function batchIndices(count: number, batch: number, seed: number): (step: number) => number[] {
  let order = contextOrder(count, seed, 0);
  let epoch = 0;
  return (step) =>
    Array.from({ length: batch }, (_, row) => {
      const place = step * batch + row;
      const wanted = Math.floor(place / count);
      if (wanted !== epoch) {
        epoch = wanted;
        order = contextOrder(count, seed, epoch);
      }
      return order(place % count);
    });
}
