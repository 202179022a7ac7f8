import {
  aboveBounds,
  compactRows,
  createTensor,
  matmul,
  offsetsFrom,
  ProgramBuilder,
  readTensor,
  readTensors,
  rowOffsets,
  rowsThatFit,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';

type IntegerTensor = Tensor & { readonly dtype: 'u32' };

/** Rows that are compared at once: of a block, with those of a panel. */
export interface TileSizes {
  readonly height: number;
  readonly across: number;
  readonly width: number;
}

/** Cosines of some consecutive rows of a block that were above their bounds. */
export interface TileEntries {
  /** The first of the rows. */
  readonly begin: number;
  /** Where the entries of each row begin, and where the last end. */
  readonly starts: Uint32Array;
  /** Whose they are in the panel, ascending in each row. */
  readonly columns: Uint32Array;
  readonly cosines: Float32Array;
}

interface TileTensors {
  readonly block: Tensor;
  readonly panel: Tensor;
  readonly blockBounds: Tensor;
  readonly panelBounds: Tensor;
}

/** Entries that are listed at once, or those of a row where it has more. */
const CAPACITY = 2 ** 18;

/** The cosines of a block of rows with a panel of rows, of which those come back that are above a bound. */
export class NearerTile {
  readonly #gpu: Gpu;
  readonly #tensors: TileTensors;
  readonly #product: Program;
  readonly #listing: Program;
  readonly #found: {
    readonly offsets: IntegerTensor;
    readonly columns: IntegerTensor;
    readonly values: Tensor;
  };

  private constructor(
    gpu: Gpu,
    tensors: TileTensors,
    product: Program,
    listing: Program,
    found: { readonly offsets: Tensor; readonly columns: Tensor; readonly values: Tensor },
  ) {
    this.#gpu = gpu;
    this.#tensors = tensors;
    this.#product = product;
    this.#listing = listing;
    this.#found = found as never;
  }

  static async build(gpu: Gpu, label: string, { height, across, width }: TileSizes): Promise<NearerTile> {
    const tensors = {
      block: createTensor(gpu, `${label} rows`, [height, width]),
      panel: createTensor(gpu, label, [across, width]),
      blockBounds: createTensor(gpu, `bounds of ${label} rows`, [height]),
      panelBounds: createTensor(gpu, `bounds of ${label}`, [across]),
    };
    const p = new ProgramBuilder(gpu, `cosines of ${label}`);
    const cosines = matmul(p, p.persistent(tensors.block), p.persistent(tensors.panel), {
      label: 'cosines',
      transposeRight: true,
    });
    const mask = aboveBounds(
      p,
      cosines,
      p.persistent(tensors.blockBounds),
      p.persistent(tensors.panelBounds),
    );
    const made = [cosines, mask, rowOffsets(p, mask)].map((value) => p.output(value));
    const product = await p.build();
    const q = new ProgramBuilder(gpu, `nearer ${label}`);
    const [all, marked, starts] = made.map((tensor) => q.persistent(tensor));
    const listed = compactRows(q, all!, marked!, starts!, q.scalar('first'), Math.max(CAPACITY, across));
    const found = { offsets: made[2]!, columns: q.output(listed.columns), values: q.output(listed.values) };
    return new NearerTile(gpu, tensors, product, await q.build(), found);
  }

  /** Puts rows of a matrix of unit rows (N,A) on the device, from row `first` on; zeros follow the last. */
  load(into: 'block' | 'panel', unit: Float32Array, first: number): void {
    const tensor = this.#tensors[into];
    const [rows, width] = tensor.shape as [number, number];
    const here = unit.subarray(first * width, (first + rows) * width);
    writeTensor(this.#gpu, tensor, here);
    if (here.length < rows * width)
      writeTensor(this.#gpu, tensor, new Float32Array(rows * width - here.length), here.length);
  }

  /**
   * The cosines that are above the bound of their row of the block or that of their row of the panel, as many rows at a
   * time as there is room for.
   */
  async *nearer(bounds: {
    readonly block: Float32Array;
    readonly panel: Float32Array;
  }): AsyncGenerator<TileEntries> {
    writeTensor(this.#gpu, this.#tensors.blockBounds, bounds.block);
    writeTensor(this.#gpu, this.#tensors.panelBounds, bounds.panel);
    await this.#product.run();
    const { offsets, columns, values } = this.#found;
    const all = await readTensor(this.#gpu, offsets);
    const rows = all.length - 1;
    for (let begin = 0; begin < rows;) {
      const fitting = rowsThatFit(all, begin, rows, columns.shape[0]!);
      const starts = offsetsFrom(all, begin, fitting);
      const entries = starts[fitting]!;
      if (entries > 0) {
        await this.#listing.run({ first: begin });
        const [of, cosines] = await readTensors(this.#gpu, [columns, values], [entries, entries]);
        yield { begin, starts, columns: of, cosines };
      }
      begin += fitting;
    }
  }

  destroy(): void {
    this.#listing.destroy();
    this.#product.destroy();
    for (const { buffer } of Object.values(this.#tensors)) buffer.destroy();
  }
}
