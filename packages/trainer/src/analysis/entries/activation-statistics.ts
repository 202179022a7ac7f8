import {
  columnSum,
  createTensor,
  readTensors,
  rowNorm,
  subtractRow,
  writeTensor,
  type Gpu,
  type ProgramBuilder,
  type Tensor,
  type Value,
} from '@monosema/engine';

/** What is said of activations (N,A) as they are. */
export interface ActivationStatistics {
  /** (A) the mean of the rows that count. */
  readonly mean: Float32Array;
  /** (N) of each row |x|, and its distance from that mean. */
  readonly lengths: Float32Array;
  readonly distances: Float32Array;
}

/** Has a program measure activations, which then need not come back. */
export class MeasuredActivations {
  readonly #gpu: Gpu;
  /** (N) the weight of each row in the mean. */
  readonly #weights: Tensor;
  readonly #found: readonly [Tensor, Tensor, Tensor];

  constructor(p: ProgramBuilder, x: Value) {
    this.#gpu = p.gpu;
    this.#weights = createTensor(p.gpu, 'weights of rows', [x.shape[0]!]);
    const mean = columnSum(p, x, p.persistent(this.#weights));
    const distances = rowNorm(p, subtractRow(p, x, mean, 'x - mean'));
    this.#found = [p.output(mean), p.output(rowNorm(p, x)), p.output(distances)];
  }

  /** Says how many rows count, from the first on, in the runs that follow. */
  count(rows: number): void {
    const weights = new Float32Array(this.#weights.shape[0]!).fill(1 / rows, 0, rows);
    writeTensor(this.#gpu, this.#weights, weights);
  }

  /** What the last run found, and other tensors in the same trip. */
  async read<T extends Tensor>(others: readonly T[]) {
    const [mean, lengths, distances, ...rest] = await readTensors(this.#gpu, [...this.#found, ...others]);
    return { statistics: { mean, lengths, distances } as ActivationStatistics, others: rest };
  }

  destroy(): void {
    this.#weights.buffer.destroy();
  }
}

/** Sums over tokens of a vector x (A) from which its mean and its variance follow; in float64. */
export class ActivationSums {
  readonly sum: Float64Array;
  /** (1) Σ|x|² */
  readonly squares = new Float64Array(1);
  tokens = 0;

  constructor(width: number) {
    this.sum = new Float64Array(width);
  }

  /** Adds the first `rows` rows of some activations, those that count. */
  add({ mean, lengths }: ActivationStatistics, rows: number): void {
    for (const [k, value] of mean.entries()) this.sum[k]! += value * rows;
    for (let row = 0; row < rows; row++) this.squares[0]! += lengths[row]! ** 2;
    this.tokens += rows;
  }

  /** (A) the mean vector. */
  mean(): Float64Array {
    return this.sum.map((sum) => sum / this.tokens);
  }

  /** Σ over tokens of |x - mean|². */
  squaredDeviation(): number {
    return this.sum.reduce((total, sum) => total - sum ** 2 / this.tokens, this.squares[0]!);
  }
}
