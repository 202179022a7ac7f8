import { grouped } from '../grouped.ts';
import type { ShownActivations } from './shown-activations.ts';

/** Finds the entries of `shown` by feature; those of a feature are in order of tokens. */
export class ShownByFeature {
  readonly #shown: ShownActivations;
  /** Entries of feature j are order[starts[j]] to order[starts[j + 1]]. */
  readonly #starts: Uint32Array;
  readonly #order: Uint32Array;

  constructor(shown: ShownActivations, features: number) {
    this.#shown = shown;
    const { starts, order } = grouped(shown.features, features);
    this.#starts = starts;
    this.#order = order;
  }

  /** Calls back with the entries of a feature on tokens `from` to `to`, which must be among those that are shown. */
  each(feature: number, from: number, to: number, take: (entry: number) => void): void {
    const { tokens } = this.#shown;
    for (let at = this.#firstFrom(feature, from); at < this.#starts[feature + 1]!; at++) {
      const entry = this.#order[at]!;
      if (tokens[entry]! >= to) return;
      take(entry);
    }
  }

  /** The first of a feature's entries at or after a token. */
  #firstFrom(feature: number, token: number): number {
    let [low, high] = [this.#starts[feature]!, this.#starts[feature + 1]!];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#shown.tokens[this.#order[middle]!]! < token) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
