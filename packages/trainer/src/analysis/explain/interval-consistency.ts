import type { DictionaryRecord } from '../../records/schema.ts';
import { LEVELS, levelOf } from '../examples/levels.ts';
import { intervalName, RANDOM_PLACE } from './choose-examples.ts';

type IntervalConsistency = DictionaryRecord['intervalConsistency'];

/** A passage that was not studied, and the group that it was chosen from. */
interface Tested {
  readonly group: string;
  readonly activations: readonly number[];
}

/**
 * Counts, over the features of a dictionary, on how many held-out tokens of each level of activation their explanations
 * expect them to be active: an interval is as consistent as that share is large. Bricken et al. 2023 have people judge
 * each interval by itself ("Activation interval analysis").
 */
export class IntervalCounts {
  /** By level; the last is for tokens on which a feature is not active. */
  readonly #tokens = new Uint32Array(LEVELS + 1);
  readonly #expected = new Uint32Array(LEVELS + 1);

  /**
   * Takes the tokens of a passage that are of the level it was chosen for, or, at a random place, those that are not active.
   *
   * @param expected activation that the explanation says, token by token
   * @param max the feature's largest
   */
  add({ group, activations }: Tested, expected: readonly number[], max: number): void {
    activations.forEach((value, i) => {
      const level = value > 0 ? levelOf(value, max) : LEVELS;
      if (group !== (value > 0 ? intervalName(level) : RANDOM_PLACE)) return;
      this.#tokens[level]! += 1;
      if (expected[i]! > 0) this.#expected[level]! += 1;
    });
  }

  /** From the largest activations down, and last where there is none; without levels that no token was of. */
  finish(): IntervalConsistency {
    return Array.from(this.#tokens, (tokens, level) => ({
      level: level < LEVELS ? level : null,
      tokens,
      expected: this.#expected[level]!,
    })).filter(({ tokens }) => tokens > 0);
  }
}
