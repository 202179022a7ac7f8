import { scramble } from '../../tokens/scramble.ts';
import type { EvaluationText } from '../text/evaluation-text.ts';

/** Places kept of each token of the vocabulary. */
const PLACES = 8;

/**
 * Some places of the evaluation text where each token of the vocabulary stands, drawn evenly: what shows whether a
 * feature fires on a token as such or only in some contexts. Memory is bounded by the vocabulary.
 */
export class Occurrences {
  readonly #lots: Uint32Array;
  readonly #places: Float64Array;
  readonly #kept: Uint8Array;

  private constructor(vocabulary: number) {
    this.#lots = new Uint32Array(vocabulary * PLACES);
    this.#places = new Float64Array(vocabulary * PLACES);
    this.#kept = new Uint8Array(vocabulary);
  }

  /** Reads the text once. @param watch called between contexts; throws to stop */
  static of(text: EvaluationText, vocabulary: number, seed: number, watch?: () => void): Occurrences {
    const result = new Occurrences(vocabulary);
    const { length, tokens } = text.contexts;
    for (let first = 0; first < tokens; first += length) {
      if ((first / length) % 256 === 0) watch?.();
      text.read(first, length).forEach((token, at) => {
        result.#add(token, first + at, scramble(seed, token, first + at));
      });
    }
    return result;
  }

  /** Places of a token, in random order. */
  placesOf(token: number): number[] {
    return Array.from({ length: this.#kept[token]! }, (_, i) => this.#places[token * PLACES + i]!);
  }

  /** Keeps the places with the lowest lots. */
  #add(token: number, place: number, lot: number): void {
    const start = token * PLACES;
    let count = this.#kept[token]!;
    if (count === PLACES) {
      if (lot >= this.#lots[start + PLACES - 1]!) return;
      count -= 1;
    } else this.#kept[token] = count + 1;
    let at = start + count;
    for (; at > start && lot < this.#lots[at - 1]!; at--) {
      this.#lots[at] = this.#lots[at - 1]!;
      this.#places[at] = this.#places[at - 1]!;
    }
    this.#lots[at] = lot;
    this.#places[at] = place;
  }
}
