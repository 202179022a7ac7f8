import {
  activeRows,
  compactRows,
  createTensor,
  ProgramBuilder,
  readTensors,
  residual,
  rowOffsets,
  rowsThatFit,
  sparseMatmul,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
import type { Dictionary } from '../../dictionary/dictionary.ts';
import { dictionaryValues, encode } from '../../dictionary/encode.ts';
import type { Rows } from './entry-file.ts';
import type { RowSquares } from './row-squares.ts';

type IntegerTensor = Tensor & { readonly dtype: 'u32' };

interface EncodeTensors {
  /** (N+1) */
  readonly offsets: IntegerTensor;
  readonly columns: IntegerTensor;
  readonly values: Tensor;
  /** (N) |x - x̂|² and |x̂|² */
  readonly error: Tensor;
  readonly reconstructedSquares: Tensor;
}

/** (N) of the rows of a batch: |x - x̂|² and |x̂|². */
export interface ReconstructedRows {
  readonly errors: Float32Array;
  readonly squares: Float32Array;
}

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

/** Encodes batches of activations; only the active entries come back, and the error of each row. */
export class EncodeProgram {
  readonly #gpu: Gpu;
  readonly #encode: Program;
  readonly #fill: Program;
  readonly #capacity: number;
  readonly #tensors: EncodeTensors;
  readonly #zeros: Tensor;
  /** (N,A) what the dictionary makes of the last batch. */
  readonly reconstruction: Tensor;

  private constructor(
    gpu: Gpu,
    encodeProgram: Program,
    fill: Program,
    capacity: number,
    tensors: EncodeTensors,
    reconstruction: Tensor,
    zeros: Tensor,
  ) {
    this.#gpu = gpu;
    this.#encode = encodeProgram;
    this.#fill = fill;
    this.#capacity = capacity;
    this.#tensors = tensors;
    this.reconstruction = reconstruction;
    this.#zeros = zeros;
  }

  /** @param x (N,A) activations, as the dictionary takes them */
  static async build(gpu: Gpu, id: string, dictionary: Dictionary, x: Tensor): Promise<EncodeProgram> {
    const p = new ProgramBuilder(gpu, `encode ${id}`);
    const values = dictionaryValues(p, dictionary);
    const input = p.persistent(x);
    const f = encode(p, input, values, dictionary);
    const mask = activeRows(p, f);
    const offsets = rowOffsets(p, mask.rows);
    const reconstruction = sparseMatmul(p, f, mask, values.decoder, values.decoderBias, 'x̂');
    const { rowLoss } = residual(p, reconstruction, input, 1);
    const zeroTensor = createTensor(gpu, 'zeros', x.shape);
    const zeros = p.persistent(zeroTensor);
    const reconstructedSquares = p.output(residual(p, reconstruction, zeros, 1).rowLoss);
    const fTensor = p.output(f);
    const maskTensor = p.output(mask.rows);
    const offsetsTensor = p.output(offsets) as IntegerTensor;
    const error = p.output(rowLoss);
    const reconstructionTensor = p.output(reconstruction);
    const program = await p.build();

    const q = new ProgramBuilder(gpu, `compact ${id}`);
    const [fValue, rowMask, starts] = [fTensor, maskTensor, offsetsTensor].map((tensor) =>
      q.persistent(tensor),
    );
    const capacity = Math.max(dictionary.features, 64 * x.shape[0]!);
    const compacted = compactRows(q, fValue!, rowMask!, starts!, q.scalar('first'), capacity);
    const tensors = {
      offsets: offsetsTensor,
      error,
      reconstructedSquares,
      columns: q.output(compacted.columns) as IntegerTensor,
      values: q.output(compacted.values),
    };
    const fill = await q.build();
    return new EncodeProgram(gpu, program, fill, capacity, tensors, reconstructionTensor, zeroTensor);
  }

  /** (N+1) where the entries of each row of the last batch begin. */
  get offsets(): IntegerTensor {
    return this.#tensors.offsets;
  }

  /** Encodes what x holds now. */
  async encode(): Promise<void> {
    await this.#encode.run();
  }

  /**
   * Brings back what was encoded.
   *
   * @param starts what `offsets` holds
   * @param rows rows of x that count
   * @param take called with the entries, in pieces of whole rows; the arrays are its own
   * @param first evaluation token of row 0
   */
  async bringBack(
    starts: Uint32Array,
    rows: number,
    first: number,
    take: (rows: Rows) => void,
  ): Promise<ReconstructedRows> {
    const { columns, values, error, reconstructedSquares } = this.#tensors;
    let ofAll: ReconstructedRows | null = null;
    for (let row = 0; row < rows;) {
      const fitting = rowsThatFit(starts, row, rows, this.#capacity);
      const base = starts[row]!;
      const count = starts[row + fitting]! - base;
      if (count > 0) await this.#fill.run({ first: row });
      // What there is of every row comes along with the first entries.
      const ofRows = row === 0 ? rows : 0;
      const [ids, activations, errors, reconstructed] = await readTensors(
        this.#gpu,
        [columns, values, error, reconstructedSquares],
        [count, count, ofRows, ofRows],
      );
      ofAll ??= { errors, squares: reconstructed };
      take({
        first: first + row,
        rows: fitting,
        offsets: starts.subarray(row, row + fitting + 1).map((start) => start - base),
        features: ids,
        values: activations,
      });
      row += fitting;
    }
    return ofAll!;
  }

  destroy(): void {
    this.#encode.destroy();
    this.#fill.destroy();
    this.#zeros.buffer.destroy();
  }
}

/** What a batch adds to the totals. */
export function reconstructionSums(
  { errors, squares }: ReconstructedRows,
  { lengths, deviations }: RowSquares,
): ReconstructionSums {
  const sums = { ...NO_ROWS };
  errors.forEach((off, row) => {
    sums.squaredError += off;
    const [x, y] = [lengths[row]!, squares[row]!];
    if (deviations[row]! > 0) {
      sums.explained += 1 - off / deviations[row]!;
      sums.explainedRows += 1;
    }
    sums.norm += Math.sqrt(x);
    sums.reconstructedNorm += Math.sqrt(y);
    sums.reconstructedSquares += y;
    sums.product += (x + y - off) / 2;
    if (x === 0) return;
    sums.shrinkage += Math.sqrt(y / x);
    sums.shrinkageRows += 1;
    if (y === 0) return;
    sums.cosine += (x + y - off) / (2 * Math.sqrt(x * y));
    sums.cosineRows += 1;
  });
  return sums;
}
