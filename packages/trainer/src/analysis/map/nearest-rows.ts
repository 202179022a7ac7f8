import {
  compactRows,
  createTensor,
  matmul,
  ProgramBuilder,
  readTensors,
  rowOffsets,
  topKMask,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
import { emptyTable, nearestOf, takeNearer, type NearestRows, type NearestTable } from './nearest-table.ts';

/**
 * Rows whose cosines are on the device at a time, and rows that they are taken with: what a product packs of the latter
 * is made up for, and 64 MiB hold the cosines.
 */
const BLOCK_ROWS = 1024;
const PANEL_ROWS = 16_384;

/** Nearest rows, and all of them in flat arrays. */
export interface FoundRows extends NearestRows {
  readonly table: NearestTable;
}

/**
 * Finds the k rows of `among` nearest to every row by cosine, on the device: what comes back is k entries a row of each
 * panel of `among`.
 *
 * @param rows (N,A), row-major; rows of zeros have no neighbours
 * @param among (M,A); when it is `rows` itself, no row is its own neighbour
 * @param watch called between blocks of rows; throws to stop
 */
export async function nearestRows(
  gpu: Gpu,
  label: string,
  rows: Float32Array,
  among: Float32Array,
  width: number,
  k: number,
  watch: () => void,
): Promise<FoundRows> {
  const [count, others] = [rows.length / width, among.length / width];
  const same = rows === among;
  const unit = unitRows(rows, width);
  const unitAmong = same ? unit : unitRows(among, width);
  const sizes = { height: evenly(count, BLOCK_ROWS), across: evenly(others, PANEL_ROWS), width };
  // A row is its own nearest, so one more is asked for.
  const most = Math.min(k + 1, sizes.across);
  const blocks = await BlockProgram.build(gpu, label, sizes, most);
  const table = emptyTable(count, k);
  for (let first = 0; first < others; first += sizes.across) {
    blocks.load('panel', unitAmong, first);
    for (let from = 0; from < count; from += sizes.height) {
      watch();
      const { starts, columns, cosines } = await blocks.nearest(unit, from);
      for (let row = from; row < Math.min(from + sizes.height, count); row++) {
        for (let entry = starts[row - from]!; entry < starts[row - from + 1]!; entry++) {
          const other = first + columns[entry]!;
          if (!same || other !== row) takeNearer(table, row, other, cosines[entry]!);
        }
      }
    }
  }
  blocks.destroy();
  return { ...nearestOf(table), table };
}

/** Rows of each part where so many make as few parts as possible, all alike, of `most` rows or fewer. */
function evenly(rows: number, most: number): number {
  const each = Math.ceil(rows / Math.ceil(rows / most));
  // Products of multiples of this leave no tile half empty.
  return Math.min(rows, Math.ceil(each / 64) * 64);
}

interface BlockSizes {
  /** Rows of a block, and of the panel that they are compared with. */
  readonly height: number;
  readonly across: number;
  readonly width: number;
}

/** The nearest rows of a panel to those of a block. */
class BlockProgram {
  readonly #gpu: Gpu;
  readonly #tensors: { readonly block: Tensor; readonly panel: Tensor };
  readonly #program: Program;
  readonly #found: readonly [Tensor & { dtype: 'u32' }, Tensor & { dtype: 'u32' }, Tensor];
  readonly #counts: readonly number[];

  private constructor(
    gpu: Gpu,
    tensors: { readonly block: Tensor; readonly panel: Tensor },
    program: Program,
    found: readonly [Tensor, Tensor, Tensor],
    entries: number,
  ) {
    this.#gpu = gpu;
    this.#tensors = tensors;
    this.#program = program;
    this.#found = found as never;
    this.#counts = [found[0].shape[0]!, entries, entries];
  }

  /** @param most entries of a row */
  static async build(
    gpu: Gpu,
    label: string,
    { height, across, width }: BlockSizes,
    most: number,
  ): Promise<BlockProgram> {
    const block = createTensor(gpu, `${label} rows`, [height, width]);
    const panel = createTensor(gpu, label, [across, width]);
    const p = new ProgramBuilder(gpu, `nearest ${label}`);
    const cosines = matmul(p, p.persistent(block), p.persistent(panel), {
      label: 'cosines',
      transposeRight: true,
    });
    const { rows: mask } = topKMask(p, cosines, most);
    const offsets = rowOffsets(p, mask);
    const capacity = Math.max(across, height * most);
    const { columns, values } = compactRows(p, cosines, mask, offsets, p.scalar('first'), capacity);
    const found = [p.output(offsets), p.output(columns), p.output(values)] as const;
    return new BlockProgram(gpu, { block, panel }, await p.build(), found, height * most);
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

  /** The entries of each row: where they begin, whose they are in the panel in ascending order, and the cosines. */
  async nearest(unit: Float32Array, first: number) {
    this.load('block', unit, first);
    await this.#program.run({ first: 0 });
    const [starts, columns, cosines] = await readTensors(this.#gpu, this.#found, this.#counts);
    return { starts, columns, cosines };
  }

  destroy(): void {
    this.#program.destroy();
    for (const { buffer } of Object.values(this.#tensors)) buffer.destroy();
  }
}

/** Rows of a matrix, each divided by its length; rows of zeros stay. */
function unitRows(matrix: Float32Array, width: number): Float32Array {
  const unit = new Float32Array(matrix.length);
  for (let start = 0; start < matrix.length; start += width) {
    let squares = 0;
    for (let k = 0; k < width; k++) squares += matrix[start + k]! ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let k = 0; k < width; k++) unit[start + k] = matrix[start + k]! * scale;
  }
  return unit;
}
