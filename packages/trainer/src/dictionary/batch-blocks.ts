import type { RowBlock } from '@monosema/engine';

/**
 * Activations of a batch, rows times features, that exist at once: 128 MiB of each matrix (B,F). Fewer would pack and
 * load the encoder more often than its product hides. Of steps that have two such matrices and no more, twice as many.
 */
export const ENTRIES_AT_ONCE = 2 ** 25;

/** Blocks begin at multiples of this: where WebGPU can bind rows of any width, and where sums over rows may be cut. */
const MULTIPLE = 64;

/**
 * Cuts a batch into blocks of rows, of equal size as far as possible, such that the activations of each are at most so
 * many; blocks of 64 rows are the smallest.
 *
 * @param entries rows times features of a block
 */
export function batchBlocks(batch: number, features: number, entries = ENTRIES_AT_ONCE): RowBlock[] {
  const most = Math.max(1, Math.floor(entries / features / MULTIPLE)) * MULTIPLE;
  if (batch <= most) return [{ from: 0, count: batch }];
  const blocks = Math.ceil(batch / most);
  const size = Math.ceil(batch / blocks / MULTIPLE) * MULTIPLE;
  return Array.from({ length: Math.ceil(batch / size) }, (_, block) => ({
    from: block * size,
    count: Math.min(size, batch - block * size),
  }));
}
