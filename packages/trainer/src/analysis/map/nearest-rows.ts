import {
  activeMask,
  compactRows,
  createTensor,
  matmul,
  ProgramBuilder,
  readTensor,
  rowOffsets,
  topK,
  writeTensor,
  type Gpu,
} from '@monosema/engine';
import { nearestOf, type NearestRows, type NearestTable } from './nearest-table.ts';

/** Rows whose cosines with all others are on the device at a time. */
const BLOCK_ROWS = 256;

/** Nearest rows, and all of them in flat arrays. */
export interface FoundRows extends NearestRows {
  readonly table: NearestTable;
}

/**
 * Finds the k rows of `among` nearest to every row by cosine, on the device: what comes back is k entries a row.
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
  const height = Math.min(BLOCK_ROWS, count);
  const block = createTensor(gpu, `${label} rows`, [height, width]);
  const all = createTensor(gpu, label, [others, width], same ? unit : unitRows(among, width));
  const p = new ProgramBuilder(gpu, `nearest ${label}`);
  const cosines = matmul(p, p.persistent(block), p.persistent(all), {
    label: 'cosines',
    transposeRight: true,
  });
  // A row is its own nearest, so one more is asked for.
  const nearest = topK(p, cosines, Math.min(k + 1, others));
  const { rows: mask } = activeMask(p, nearest);
  const offsets = rowOffsets(p, mask);
  const capacity = Math.max(others, height * (k + 1));
  const compacted = compactRows(p, nearest, mask, offsets, p.scalar('first'), capacity);
  const [starts, columns, values] = [offsets, compacted.columns, compacted.values].map((value) =>
    p.output(value),
  );
  const program = await p.build();
  const table = {
    most: k,
    counts: new Uint8Array(count),
    rows: new Uint32Array(count * k),
    cosines: new Float32Array(count * k),
  };
  for (let from = 0; from < count; from += height) {
    watch();
    const here = Math.min(height, count - from);
    writeTensor(gpu, block, unit.subarray(from * width, (from + here) * width));
    await program.run({ first: 0 });
    const begins = await readTensor(gpu, { ...starts!, dtype: 'u32' }, 0, here + 1);
    const entries = begins[here]!;
    const ids = await readTensor(gpu, { ...columns!, dtype: 'u32' }, 0, entries);
    const similarities = await readTensor(gpu, values!, 0, entries);
    for (let row = 0; row < here; row++) {
      const entriesOfRow = Array.from({ length: begins[row + 1]! - begins[row]! }, (_, i) => begins[row]! + i)
        .filter((entry) => !same || ids[entry] !== from + row)
        .sort((a, b) => similarities[b]! - similarities[a]! || ids[a]! - ids[b]!)
        .slice(0, k);
      table.counts[from + row] = entriesOfRow.length;
      entriesOfRow.forEach((entry, i) => {
        table.rows[(from + row) * k + i] = ids[entry]!;
        table.cosines[(from + row) * k + i] = similarities[entry]!;
      });
    }
  }
  program.destroy();
  for (const tensor of [block, all]) tensor.buffer.destroy();
  return { ...nearestOf(table), table };
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
