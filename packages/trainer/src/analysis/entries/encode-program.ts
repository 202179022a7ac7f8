import {
  activeRows,
  compactRows,
  copy,
  listedMatmul,
  ProgramBuilder,
  readTensors,
  residual,
  rowNorm,
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
  /** (N,F) */
  readonly f: Tensor;
  /** (N,⌈F/32⌉) and (N,⌈F/1024⌉), of f */
  readonly mask: { readonly rows: Tensor; readonly summary: Tensor };
  /** (N+1) */
  readonly offsets: IntegerTensor;
  /** (capacity) of the rows that fit. */
  readonly columns: IntegerTensor;
  readonly values: Tensor;
  /** (N,A) x̂ */
  readonly reconstruction: Tensor;
  /** (N) |x - x̂|² and |x̂| */
  readonly error: Tensor;
  readonly norms: Tensor;
}

/** What comes after the encoding of a batch whose entries are more than there is room for. */
interface Overflow {
  /** Reconstructs every row by its mask. */
  readonly reconstruct: Program;
  /** Lists entries from a row on. */
  readonly list: Program;
  readonly columns: IntegerTensor;
  readonly values: Tensor;
}

/** (N) of the rows of a batch: |x - x̂|² and |x̂|. */
export interface ReconstructedRows {
  readonly errors: Float32Array;
  readonly norms: Float32Array;
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

/** Entries of a row that there is room for, on average: dictionaries that are worth reading have fewer. */
const ROOM = 64;

/** Encodes batches of activations; only the active entries come back, and the error of each row. */
export class EncodeProgram {
  readonly #gpu: Gpu;
  readonly #id: string;
  readonly #dictionary: Dictionary;
  readonly #x: Tensor;
  readonly #encode: Program;
  readonly #capacity: number;
  readonly #tensors: EncodeTensors;
  #overflow: Overflow | null = null;

  private constructor(
    gpu: Gpu,
    id: string,
    dictionary: Dictionary,
    x: Tensor,
    encodeProgram: Program,
    capacity: number,
    tensors: EncodeTensors,
  ) {
    this.#gpu = gpu;
    this.#id = id;
    this.#dictionary = dictionary;
    this.#x = x;
    this.#encode = encodeProgram;
    this.#capacity = capacity;
    this.#tensors = tensors;
  }

  /**
   * @param x (N,A) activations, as the dictionary takes them
   * @param room entries that are listed at once, at least F
   */
  static async build(
    gpu: Gpu,
    id: string,
    dictionary: Dictionary,
    x: Tensor,
    room = Math.max(dictionary.features, ROOM * x.shape[0]!),
  ): Promise<EncodeProgram> {
    const p = new ProgramBuilder(gpu, `encode ${id}`);
    const values = dictionaryValues(p, dictionary);
    const input = p.persistent(x);
    const f = encode(p, input, values, dictionary);
    const mask = activeRows(p, f);
    const offsets = rowOffsets(p, mask.rows);
    const entries = compactRows(p, f, mask.rows, offsets, p.scalar('first'), room);
    const reconstruction = listedMatmul(p, offsets, entries, values.decoder, values.decoderBias, 'x̂');
    const { rowLoss } = residual(p, reconstruction, input, 1);
    const norms = rowNorm(p, reconstruction);
    const tensors: EncodeTensors = {
      f: p.output(f),
      mask: { rows: p.output(mask.rows), summary: p.output(mask.summary) },
      offsets: p.output(offsets) as IntegerTensor,
      columns: p.output(entries.columns) as IntegerTensor,
      values: p.output(entries.values),
      reconstruction: p.output(reconstruction),
      error: p.output(rowLoss),
      norms: p.output(norms),
    };
    return new EncodeProgram(gpu, id, dictionary, x, await p.build(), room, tensors);
  }

  /** (N+1) where the entries of each row of the last batch begin. */
  get offsets(): IntegerTensor {
    return this.#tensors.offsets;
  }

  /** (N,A) what the dictionary makes of the last batch, once it is complete. */
  get reconstruction(): Tensor {
    return this.#tensors.reconstruction;
  }

  /** Encodes what x holds now, and reconstructs the rows whose entries there is room for. */
  async encode(): Promise<void> {
    await this.#encode.run({ first: 0 });
  }

  /**
   * Reconstructs the rest.
   *
   * @param starts what `offsets` holds
   * @param rows rows of x that count
   */
  async complete(starts: Uint32Array, rows: number): Promise<void> {
    if (rowsThatFit(starts, 0, rows, this.#capacity) === rows) return;
    this.#overflow ??= await this.#buildOverflow();
    await this.#overflow.reconstruct.run();
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
    const { error, norms } = this.#tensors;
    let ofAll: ReconstructedRows | null = null;
    for (let row = 0; row < rows;) {
      const fitting = rowsThatFit(starts, row, rows, this.#capacity);
      const base = starts[row]!;
      const count = starts[row + fitting]! - base;
      // Those from the first row on are listed already.
      const listed = row === 0 ? this.#tensors : (this.#overflow ??= await this.#buildOverflow());
      if ('list' in listed && count > 0) await listed.list.run({ first: row });
      // What there is of every row comes along with the first entries.
      const ofRows = row === 0 ? rows : 0;
      const [ids, activations, errors, lengths] = await readTensors(
        this.#gpu,
        [listed.columns, listed.values, error, norms],
        [count, count, ofRows, ofRows],
      );
      ofAll ??= { errors, norms: lengths };
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
    this.#overflow?.reconstruct.destroy();
    this.#overflow?.list.destroy();
  }

  async #buildOverflow(): Promise<Overflow> {
    const { f, mask, offsets, reconstruction, error, norms } = this.#tensors;
    const p = new ProgramBuilder(this.#gpu, `reconstruct ${this.#id}`);
    const values = dictionaryValues(p, this.#dictionary);
    const marked = { rows: p.persistent(mask.rows), summary: p.persistent(mask.summary) };
    const made = sparseMatmul(p, p.persistent(f), marked, values.decoder, values.decoderBias, 'x̂');
    copy(p, made, p.persistent(reconstruction));
    residual(p, made, p.persistent(this.#x), 1, { rowLoss: p.persistent(error) });
    copy(p, rowNorm(p, made), p.persistent(norms));
    const q = new ProgramBuilder(this.#gpu, `list ${this.#id}`);
    const [activations, rowMask, starts] = [f, mask.rows, offsets].map((tensor) => q.persistent(tensor));
    const listed = compactRows(q, activations!, rowMask!, starts!, q.scalar('first'), this.#capacity);
    const columns = q.output(listed.columns) as IntegerTensor;
    const activationsOf = q.output(listed.values);
    return { reconstruct: await p.build(), list: await q.build(), columns, values: activationsOf };
  }
}

/** What a batch adds to the totals. */
export function reconstructionSums(
  { errors, norms }: ReconstructedRows,
  { lengths, deviations }: RowSquares,
): ReconstructionSums {
  const sums = { ...NO_ROWS };
  errors.forEach((off, row) => {
    sums.squaredError += off;
    const [x, y] = [lengths[row]!, norms[row]! ** 2];
    if (deviations[row]! > 0) {
      sums.explained += 1 - off / deviations[row]!;
      sums.explainedRows += 1;
    }
    sums.norm += Math.sqrt(x);
    sums.reconstructedNorm += norms[row]!;
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
