import { pearson } from '../pairs/correlation.ts';
import type { FeatureInput } from '../../records/schema.ts';

/**
 * How well the linear approximation of every feature holds: the Pearson correlation of activation times logit weight
 * with the measured fall of the next token's logit when the feature is removed. Sums alone are kept.
 */
export class Linearity {
  readonly #tokens: Float64Array;
  /** Of feature j at 5·j: Σx, Σx², Σy, Σy², Σxy. */
  readonly #sums: Float64Array;

  constructor(features: number) {
    this.#tokens = new Float64Array(features);
    this.#sums = new Float64Array(5 * features);
  }

  /** What is kept of all features, to be read and written as a whole. */
  get arrays() {
    return { linearityTokens: this.#tokens, linearitySums: this.#sums };
  }

  /**
   * Adds a token on which the feature is active.
   *
   * @param expected activation times the logit weight of the next token
   * @param measured by how much the logit of that token falls
   */
  add(feature: number, expected: number, measured: number): void {
    this.#tokens[feature]! += 1;
    const at = 5 * feature;
    this.#sums[at]! += expected;
    this.#sums[at + 1]! += expected * expected;
    this.#sums[at + 2]! += measured;
    this.#sums[at + 3]! += measured * measured;
    this.#sums[at + 4]! += expected * measured;
  }

  /** Of a feature; null with fewer than three tokens, through which a line always fits too well. */
  of(feature: number): NonNullable<FeatureInput['logitWeights']['linearity']> | null {
    const tokens = this.#tokens[feature]!;
    if (tokens < 3) return null;
    const [x, xx, y, yy, xy] = this.#sums.subarray(5 * feature, 5 * feature + 5) as unknown as number[];
    return {
      pearson: pearson({ tokens, sum: x!, sumOfSquares: xx! }, { tokens, sum: y!, sumOfSquares: yy! }, xy!),
      tokens,
    };
  }
}
