/** Sums over tokens of a vector x (A) from which its mean and its variance follow; in float64. */
export class VectorSums {
  readonly sum: Float64Array;
  readonly sumOfSquares: Float64Array;
  tokens = 0;

  constructor(width: number) {
    this.sum = new Float64Array(width);
    this.sumOfSquares = new Float64Array(width);
  }

  /** Adds the first `rows` rows of x (N,A), at least one. @returns (A) the mean of these */
  add(x: Float32Array, rows: number): Float64Array {
    const { sum, sumOfSquares } = this;
    const width = sum.length;
    const before = sum.slice();
    for (let row = 0, i = 0; row < rows; row++) {
      for (let k = 0; k < width; k++, i++) {
        const value = x[i]!;
        sum[k]! += value;
        sumOfSquares[k]! += value * value;
      }
    }
    this.tokens += rows;
    return before.map((earlier, k) => (sum[k]! - earlier) / rows);
  }

  /** (A) the mean vector. */
  mean(): Float64Array {
    return this.sum.map((sum) => sum / this.tokens);
  }

  /** Σ over tokens of |x - mean|². */
  squaredDeviation(): number {
    return this.sumOfSquares.reduce(
      (total, squares, k) => total + squares - this.sum[k]! ** 2 / this.tokens,
      0,
    );
  }
}

/**
 * Explained variance, 1 - Σ|x - x̂|² / Σ|x - mean|², with both sums over all tokens before the division: the mean of
 * ratios of batches is another figure, and leaving out the square of the mean yet another.
 *
 * @param squaredError Σ|x - x̂|²
 * @returns null when x never varies
 */
export function explainedVariance(
  x: Pick<VectorSums, 'squaredDeviation'>,
  squaredError: number,
): number | null {
  const deviation = x.squaredDeviation();
  return deviation > 0 ? 1 - squaredError / deviation : null;
}
