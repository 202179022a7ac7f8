import {
  activeRows,
  compactRows,
  createTensor,
  listedReconstruction,
  offsetsFrom,
  ProgramBuilder,
  readTensors,
  rowOffsets,
  rowsThatFit,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
  type Value,
} from '@monosema/engine';
import type { Dictionary } from '../../dictionary/dictionary.ts';
import { dictionaryValues, encode } from '../../dictionary/encode.ts';
import type { Rows } from './entry-file.ts';

type IntegerTensor = Tensor & { readonly dtype: 'u32' };

/** Entries, one after another; both (capacity). */
interface List {
  readonly columns: IntegerTensor;
  readonly values: Tensor;
}

/** What a dictionary makes of the entries. */
interface Made {
  readonly dictionary: Dictionary;
  /** (N,A) what was encoded. */
  readonly x: Tensor;
  /** (N,A) x̂ */
  readonly reconstruction: Tensor;
  /** (N,2) |x - x̂|² and |x̂|² */
  readonly squares: Tensor;
}

interface ListTensors extends List {
  /** (N,F) */
  readonly f: Tensor;
  /** (N,⌈F/32⌉), where f is positive */
  readonly mask: Tensor;
  /** (N+1) */
  readonly offsets: IntegerTensor;
}

/** Lists and reconstructs from a row on that the entries before left no room for. */
interface Further extends List {
  readonly program: Program;
  /** (N+1) of `offsets` less that of the first row; rows before it end before they begin. */
  readonly offsets: Tensor;
}

/** What came back of a batch. */
export interface BroughtEntries {
  /** Of whole rows, one after another. */
  readonly pieces: readonly Rows[];
  /** (N,2) of each row |x - x̂|² and |x̂|²; null of neurons, which reconstruct themselves. */
  readonly squares: Float32Array | null;
}

/** Entries of a dictionary's row that there is room for, on average: those that are worth reading have fewer. */
const DICTIONARY_ROOM = 64;
/** Of a row of neurons, half of which are positive, the share that there is room for. */
const NEURON_ROOM = 5 / 8;

/**
 * The positive entries of activations (N,F), of a dictionary or of neurons, as lists: these alone come back from the
 * device, and with a dictionary's the error of each row.
 */
export class ListedEntries {
  readonly #gpu: Gpu;
  readonly #id: string;
  readonly #capacity: number;
  readonly #tensors: ListTensors;
  readonly #made: Made | null;
  #further: Further | null = null;

  private constructor(gpu: Gpu, id: string, capacity: number, tensors: ListTensors, made: Made | null) {
    this.#gpu = gpu;
    this.#id = id;
    this.#capacity = capacity;
    this.#tensors = tensors;
    this.#made = made;
  }

  /**
   * Has a program, whose scalar `first` is 0, list the neurons that are above zero.
   *
   * @param x (N,A) their activations
   */
  static ofNeurons(p: ProgramBuilder, id: string, x: Value): ListedEntries {
    const [N, A] = x.shape as [number, number];
    const room = Math.max(A, Math.ceil(NEURON_ROOM * N * A));
    return new ListedEntries(p.gpu, id, room, recordList(p, x, room).tensors, null);
  }

  /**
   * Has a program, whose scalar `first` is 0, encode x, list what is active, and reconstruct the rows whose entries
   * there is room for.
   *
   * @param x (N,A) activations, as the dictionary takes them
   * @param room entries that are listed at once, at least F
   */
  static ofDictionary(
    p: ProgramBuilder,
    id: string,
    x: Value,
    dictionary: Dictionary,
    room = Math.max(dictionary.features, DICTIONARY_ROOM * x.shape[0]!),
  ): ListedEntries {
    const values = dictionaryValues(p, dictionary);
    const { tensors, offsets, entries } = recordList(p, encode(p, x, values, dictionary), room);
    const { decoder: w, decoderBias: bias } = values;
    const { y, squares } = listedReconstruction(p, offsets, entries, { w, bias, x });
    const made = { dictionary, x: p.output(x), reconstruction: p.output(y), squares: p.output(squares) };
    return new ListedEntries(p.gpu, id, room, tensors, made);
  }

  /** (N+1) where the entries of each row of the last batch begin. */
  get offsets(): IntegerTensor {
    return this.#tensors.offsets;
  }

  /** (N,A) what the dictionary makes of the last batch; of the rows that had no room, once they were brought back. */
  get reconstruction(): Tensor {
    return this.#made!.reconstruction;
  }

  /** Whether all entries had room. @param starts what `offsets` holds @param rows of x that count */
  fits(starts: Uint32Array, rows: number): boolean {
    return starts[rows]! <= this.#capacity;
  }

  /**
   * Brings back what is listed, and what had no room a list at a time, which is reconstructed on the way.
   *
   * @param starts what `offsets` holds
   * @param rows rows of x that count
   * @param first evaluation token of row 0
   */
  async bringBack(starts: Uint32Array, rows: number, first: number): Promise<BroughtEntries> {
    const pieces: Rows[] = [];
    let squares: Float32Array | null = null;
    for (let row = 0; row < rows;) {
      const fitting = rowsThatFit(starts, row, rows, this.#capacity);
      const count = starts[row + fitting]! - starts[row]!;
      const { columns, values } = row === 0 ? this.#tensors : await this.#listFrom(row, starts);
      const isLast = row + fitting === rows;
      const [features, activations, ofRows] = await readTensors(
        this.#gpu,
        [columns, values, this.#made?.squares ?? values],
        [count, count, isLast && this.#made !== null ? 2 * rows : 0],
      );
      const offsets = offsetsFrom(starts, row, fitting);
      pieces.push({ first: first + row, rows: fitting, offsets, features, values: activations });
      if (this.#made !== null) squares = ofRows;
      row += fitting;
    }
    return { pieces, squares };
  }

  destroy(): void {
    this.#further?.program.destroy();
    this.#further?.offsets.buffer.destroy();
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
    const { f, mask, offsets } = this.#tensors;
    const p = new ProgramBuilder(this.#gpu, `list more of ${this.#id}`);
    const [activations, marked, starts] = [f, mask, offsets].map((tensor) => p.persistent(tensor));
    const listed = compactRows(p, activations!, marked!, starts!, p.scalar('first'), this.#capacity);
    const shifted = createTensor(this.#gpu, 'offsets in a list', offsets.shape, null, 'u32');
    if (this.#made !== null) {
      const { dictionary, x, reconstruction, squares } = this.#made;
      const { decoder: w, decoderBias: bias } = dictionaryValues(p, dictionary);
      const into = { y: p.persistent(reconstruction), squares: p.persistent(squares) };
      listedReconstruction(p, p.persistent(shifted), listed, { w, bias, x: p.persistent(x) }, into);
    }
    const columns = p.output(listed.columns) as IntegerTensor;
    const values = p.output(listed.values);
    return { program: await p.build(), offsets: shifted, columns, values };
  }
}

function recordList(p: ProgramBuilder, f: Value, room: number) {
  const mask = activeRows(p, f).rows;
  const offsets = rowOffsets(p, mask);
  const entries = compactRows(p, f, mask, offsets, p.scalar('first'), room);
  const tensors: ListTensors = {
    f: p.output(f),
    mask: p.output(mask),
    offsets: p.output(offsets) as IntegerTensor,
    columns: p.output(entries.columns) as IntegerTensor,
    values: p.output(entries.values),
  };
  return { tensors, offsets, entries };
}
