import type { Rows } from './entry-file.ts';

/** What is summed of every feature over all tokens: counts are exact, sums are in float64. All (F). */
export class FeatureSums {
  readonly active: Float64Array;
  readonly sum: Float64Array;
  readonly sumOfSquares: Float64Array;
  /** Largest activation; 0 where the feature is dead. */
  readonly max: Float64Array;
  /** Tokens seen. */
  tokens = 0;

  constructor(features: number) {
    this.active = new Float64Array(features);
    this.sum = new Float64Array(features);
    this.sumOfSquares = new Float64Array(features);
    this.max = new Float64Array(features);
  }

  /** Adds the entries of some tokens. */
  add({ rows, offsets, features, values }: Rows): void {
    const { active, sum, sumOfSquares, max } = this;
    for (let e = 0; e < offsets[rows]!; e++) {
      const j = features[e]!;
      const value = values[e]!;
      active[j]! += 1;
      sum[j]! += value;
      sumOfSquares[j]! += value * value;
      if (value > max[j]!) max[j] = value;
    }
    this.tokens += rows;
  }

  /** Mean number of active features a token. */
  get l0(): number {
    return total(this.active) / this.tokens;
  }

  /** Mean over tokens of the sum of activations. */
  get l1(): number {
    return total(this.sum) / this.tokens;
  }
}

function total(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0);
}
