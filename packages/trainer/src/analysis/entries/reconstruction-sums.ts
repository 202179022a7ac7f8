import type { ActivationStatistics } from './activation-statistics.ts';

/** What the rows of a batch add to the totals of a dictionary. */
export interface ReconstructionSums {
  /** Σ |x - x̂|² */
  readonly squaredError: number;
  /** Σ x·x̂ / (|x|·|x̂|), over rows of which neither is zero. */
  readonly cosine: number;
  /** Σ |x̂| / |x|, over rows whose x is not zero. */
  readonly shrinkage: number;
  /** Rows of the two. */
  readonly cosineRows: number;
  readonly shrinkageRows: number;
  /** Σ 1 - |x - x̂|² / |x - x̄|², x̄ the mean of the rows computed together, over rows that are not x̄. */
  readonly explained: number;
  readonly explainedRows: number;
  /** Σ |x|, Σ |x̂|, Σ |x̂|² and Σ x·x̂. */
  readonly norm: number;
  readonly reconstructedNorm: number;
  readonly reconstructedSquares: number;
  readonly product: number;
}

/** The sums over no row. */
export const NO_ROWS: ReconstructionSums = {
  squaredError: 0,
  cosine: 0,
  shrinkage: 0,
  cosineRows: 0,
  shrinkageRows: 0,
  explained: 0,
  explainedRows: 0,
  norm: 0,
  reconstructedNorm: 0,
  reconstructedSquares: 0,
  product: 0,
};

/** Of |x|² of a row, what its squared distance from a mean that equals it may be by rounding. */
const ROUNDING = 1e-12;

/**
 * What a batch adds to the totals.
 *
 * @param squares (N,2) of each row that counts |x - x̂|² and |x̂|²
 */
export function reconstructionSums(
  squares: Float32Array,
  { lengths, distances }: Pick<ActivationStatistics, 'lengths' | 'distances'>,
): ReconstructionSums {
  const sums = { ...NO_ROWS };
  for (let row = 0; row < squares.length / 2; row++) {
    const [off, y] = [squares[2 * row]!, squares[2 * row + 1]!];
    const x = lengths[row]! ** 2;
    const deviation = distances[row]! ** 2;
    sums.squaredError += off;
    if (deviation > ROUNDING * x) {
      sums.explained += 1 - off / deviation;
      sums.explainedRows += 1;
    }
    sums.norm += lengths[row]!;
    sums.reconstructedNorm += Math.sqrt(y);
    sums.reconstructedSquares += y;
    sums.product += (x + y - off) / 2;
    if (x === 0) continue;
    sums.shrinkage += Math.sqrt(y / x);
    sums.shrinkageRows += 1;
    if (y === 0) continue;
    sums.cosine += (x + y - off) / (2 * Math.sqrt(x * y));
    sums.cosineRows += 1;
  }
  return sums;
}
