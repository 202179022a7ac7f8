import type { Contexts } from './contexts.ts';

/**
 * Some of the contexts of a text, evenly spaced over all of it: a corpus lies in the order of its files, so its
 * beginning would be but a few domains. Tokens are numbered through the contexts taken: token i is at place i mod T
 * of context ⌊i / T⌋.
 */
export class SpacedContexts {
  /** T */
  readonly length: number;
  /** Contexts taken. */
  readonly count: number;
  readonly #contexts: Contexts;

  /** @param tokens wanted; as many whole contexts as fit are taken, at least one and at most all */
  constructor(contexts: Contexts, tokens: number) {
    this.length = contexts.length;
    this.count = Math.max(1, Math.min(contexts.count, Math.floor(tokens / contexts.length)));
    this.#contexts = contexts;
  }

  /** Number of tokens, T a context. */
  get tokens(): number {
    return this.count * this.length;
  }

  /** Where in the whole text a token lies. */
  positionOf(token: number): number {
    const place = Math.floor(token / this.length);
    return this.#indexOf(place) * this.length + (token - place * this.length);
  }

  /** The T + 1 tokens of a context. */
  read(place: number): Uint32Array<ArrayBuffer> {
    return this.#contexts.read(this.#indexOf(place));
  }

  /** The T + 1 tokens of each of some contexts, (B,T+1). */
  readBatch(places: readonly number[]): Uint32Array<ArrayBuffer> {
    return this.#contexts.readBatch(places.map((place) => this.#indexOf(place)));
  }

  #indexOf(place: number): number {
    return Math.floor((place * this.#contexts.count) / this.count);
  }
}
