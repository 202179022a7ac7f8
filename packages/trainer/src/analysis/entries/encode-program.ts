import {
  activeRows,
  compactRows,
  createTensor,
  listedReconstruction,
  ProgramBuilder,
  readTensors,
  rowOffsets,
  rowsThatFit,
  writeTensor,
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
  /** (N,⌈F/32⌉), where f is positive */
  readonly mask: Tensor;
  /** (N+1) */
  readonly offsets: IntegerTensor;
  /** (capacity) of the rows that fit. */
  readonly columns: IntegerTensor;
  readonly values: Tensor;
  /** (N,A) x̂ */
  readonly reconstruction: Tensor;
  /** (N,2) |x - x̂|² and |x̂|² */
  readonly squares: Tensor;
}

/** Lists and reconstructs from a row on that the entries before left no room for. */
interface Further {
  readonly program: Program;
  /** (N+1) of `offsets` less that of the first row; rows before it end before they begin. */
  readonly offsets: Tensor;
  readonly columns: IntegerTensor;
  readonly values: Tensor;
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
  #further: Further | null = null;

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
    const { decoder: w, decoderBias: bias } = values;
    const made = listedReconstruction(p, offsets, entries, { w, bias, x: input });
    const tensors: EncodeTensors = {
      f: p.output(f),
      mask: p.output(mask.rows),
      offsets: p.output(offsets) as IntegerTensor,
      columns: p.output(entries.columns) as IntegerTensor,
      values: p.output(entries.values),
      reconstruction: p.output(made.y),
      squares: p.output(made.squares),
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
   * Reconstructs the rest, a list at a time.
   *
   * @param starts what `offsets` holds
   * @param rows rows of x that count
   */
  async complete(starts: Uint32Array, rows: number): Promise<void> {
    for (let row = this.#fitting(starts, 0, rows); row < rows; row += this.#fitting(starts, row, rows))
      await this.#listFrom(row, starts);
  }

  /**
   * Brings back what was encoded.
   *
   * @param starts what `offsets` holds
   * @param rows rows of x that count
   * @param take called with the entries, in pieces of whole rows; the arrays are its own
   * @param first evaluation token of row 0
   * @returns (N,2) of each row |x - x̂|² and |x̂|²
   */
  async bringBack(
    starts: Uint32Array,
    rows: number,
    first: number,
    take: (rows: Rows) => void,
  ): Promise<Float32Array> {
    let squares: Float32Array | null = null;
    for (let row = 0; row < rows;) {
      const fitting = this.#fitting(starts, row, rows);
      const base = starts[row]!;
      const count = starts[row + fitting]! - base;
      // Those from the first row on are listed already.
      const listed = row === 0 ? this.#tensors : await this.#listFrom(row, starts);
      // What there is of every row comes along with the first entries.
      const [ids, activations, ofRows] = await readTensors(
        this.#gpu,
        [listed.columns, listed.values, this.#tensors.squares],
        [count, count, row === 0 ? 2 * rows : 0],
      );
      squares ??= ofRows;
      take({
        first: first + row,
        rows: fitting,
        offsets: starts.subarray(row, row + fitting + 1).map((start) => start - base),
        features: ids,
        values: activations,
      });
      row += fitting;
    }
    return squares!;
  }

  destroy(): void {
    this.#encode.destroy();
    this.#further?.program.destroy();
    this.#further?.offsets.buffer.destroy();
  }

  /** Rows from `row` on that are listed together. */
  #fitting(starts: Uint32Array, row: number, rows: number): number {
    return rowsThatFit(starts, row, rows, this.#capacity);
  }

  async #listFrom(row: number, starts: Uint32Array): Promise<Further> {
    const further = (this.#further ??= await this.#buildFurther());
    const base = starts[row]!;
    const shifted = starts.map((start, r) => (r < row ? 2 ** 32 - 1 : start - base));
    writeTensor(this.#gpu, further.offsets, shifted);
    await further.program.run({ first: row });
    return further;
  }

  async #buildFurther(): Promise<Further> {
    const { f, mask, offsets, reconstruction, squares } = this.#tensors;
    const p = new ProgramBuilder(this.#gpu, `encode more ${this.#id}`);
    const { decoder: w, decoderBias: bias } = dictionaryValues(p, this.#dictionary);
    const [activations, marked, starts, x] = [f, mask, offsets, this.#x].map((tensor) =>
      p.persistent(tensor),
    );
    const listed = compactRows(p, activations!, marked!, starts!, p.scalar('first'), this.#capacity);
    const shifted = createTensor(this.#gpu, 'offsets in a list', offsets.shape, null, 'u32');
    listedReconstruction(
      p,
      p.persistent(shifted),
      listed,
      { w, bias, x: x! },
      {
        y: p.persistent(reconstruction),
        squares: p.persistent(squares),
      },
    );
    const columns = p.output(listed.columns) as IntegerTensor;
    const values = p.output(listed.values);
    return { program: await p.build(), offsets: shifted, columns, values };
  }
}

/** What a batch adds to the totals. @param squares (N,2) of each row |x - x̂|² and |x̂|² */
export function reconstructionSums(
  squares: Float32Array,
  { lengths, deviations }: RowSquares,
): ReconstructionSums {
  const sums = { ...NO_ROWS };
  for (let row = 0; row < squares.length / 2; row++) {
    const [off, y] = [squares[2 * row]!, squares[2 * row + 1]!];
    const x = lengths[row]!;
    sums.squaredError += off;
    if (deviations[row]! > 0) {
      sums.explained += 1 - off / deviations[row]!;
      sums.explainedRows += 1;
    }
    sums.norm += Math.sqrt(x);
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
