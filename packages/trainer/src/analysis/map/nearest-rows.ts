import type { Gpu } from '@monosema/engine';
import { emptyTable, nearestOf, takeNearer, type NearestRows, type NearestTable } from './nearest-table.ts';
import { NearerTile, type TileEntries } from './nearer-tile.ts';

/** Rows on either side of a tile at most: 16 MiB hold its cosines. */
const TILE_ROWS = 2048;

/** Nearest rows, and all of them in flat arrays. */
export interface FoundRows extends NearestRows {
  readonly table: NearestTable;
}

/**
 * Finds the k rows of `among` nearest to every row by cosine, on the device, a tile of cosines at a time: of each, those
 * alone come back that are nearer than the k found before. Where `among` is `rows` itself, a tile serves both its sides.
 *
 * A row meets the others in ascending order, tile by tile, so that of equal cosines those that come later never count.
 *
 * @param rows (N,A), row-major; rows of zeros have no neighbours
 * @param among (M,A); when it is `rows` itself, no row is its own neighbour
 * @param watch called between tiles; throws to stop
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
  const sizes = { height: evenly(count, TILE_ROWS), across: evenly(others, TILE_ROWS), width };
  const tile = await NearerTile.build(gpu, label, sizes);
  const table = emptyTable(count, k);
  for (let first = 0; first < others; first += sizes.across) {
    tile.load('panel', unitAmong, first);
    for (let from = same ? first : 0; from < count; from += sizes.height) {
      watch();
      tile.load('block', unit, from);
      const mirrored = same && from > first;
      const bounds = {
        block: boundsOf(table, from, sizes.height),
        panel: mirrored ? boundsOf(table, first, sizes.across) : beyondAll(sizes.across),
      };
      for await (const entries of tile.nearer(bounds)) take(table, entries, { from, first, same, mirrored });
    }
  }
  tile.destroy();
  return { ...nearestOf(table), table };
}

interface TilePlace {
  /** The first row of the block, and that of the panel. */
  readonly from: number;
  readonly first: number;
  readonly same: boolean;
  /** Whether the rows of the panel take those of the block as well. */
  readonly mirrored: boolean;
}

function take(
  table: NearestTable,
  { begin, starts, columns, cosines }: TileEntries,
  { from, first, same, mirrored }: TilePlace,
): void {
  for (let row = 0; row + 1 < starts.length; row++) {
    const one = from + begin + row;
    for (let entry = starts[row]!; entry < starts[row + 1]!; entry++) {
      const other = first + columns[entry]!;
      if (same && one === other) continue;
      takeNearer(table, one, other, cosines[entry]!);
      if (mirrored) takeNearer(table, other, one, cosines[entry]!);
    }
  }
}

/** What a cosine must be above to be among the nearest of rows; of rows past the last, none is. */
function boundsOf({ most, counts, cosines }: NearestTable, first: number, rows: number): Float32Array {
  const bounds = beyondAll(rows);
  for (let i = 0; i < Math.min(rows, counts.length - first); i++) {
    const row = first + i;
    bounds[i] = counts[row] === most ? cosines[row * most + most - 1]! : 0;
  }
  return bounds;
}

/** Bounds that no cosine is above. */
const beyondAll = (rows: number): Float32Array => new Float32Array(rows).fill(2);

/** Rows of each part where so many make as few parts as possible, all alike, of `most` rows or fewer. */
function evenly(rows: number, most: number): number {
  const each = Math.ceil(rows / Math.ceil(rows / most));
  // Products of multiples of this leave no tile half empty.
  return Math.min(rows, Math.ceil(each / 64) * 64);
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
