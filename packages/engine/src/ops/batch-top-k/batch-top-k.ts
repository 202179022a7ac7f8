import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const COUNT: Kernel = {
  label: 'batch-top-k/count',
  source: new URL('./count.wgsl', import.meta.url),
  reduces: true,
};
const NARROW: Kernel = {
  label: 'batch-top-k/narrow',
  source: new URL('./narrow.wgsl', import.meta.url),
  reduces: true,
};
const SELECT: Kernel = {
  label: 'batch-top-k/select',
  source: new URL('./select.wgsl', import.meta.url),
  reduces: true,
};

/** Bits of a positive float that decide its order: all but the sign. */
const BITS = 31;

export const batchTopKCost = {
  count: ({ B, F }: { B: number; F: number }): Work => ({ flops: 0, bytes: bytesOf(B * F, 2 * B) }),
  narrow: ({ B }: { B: number }): Work => ({ flops: 0, bytes: bytesOf(B) }),
  select: ({ B, F }: { B: number; F: number }): Work => ({ flops: 0, bytes: bytesOf(2 * B * F, B) }),
};

/**
 * y (B,F): the k·B largest positive entries of the whole of x, zeros elsewhere; ties go to the lowest index in
 * row-major order. The threshold is found exactly, one bit of the float a round: each row counts the entries that
 * reach a candidate, and one workgroup sums the rows and keeps or drops the bit.
 *
 * @param into where y is written; a temporary of its own otherwise
 * @returns y, and threshold u32 (4), whose first word has the bits of the smallest entry that is kept as a float, or 0
 *   where everything positive is kept
 */
export function batchTopK(
  p: ProgramBuilder,
  x: Value,
  k: number,
  into: Value | null = null,
): { y: Value; threshold: Value } {
  const y = into ?? p.temporary(`batch top ${k} of ${x.label}`, x.shape);
  const { B, F } = bindDimensions('batchTopK', { x: ['B', 'F'], y: ['B', 'F'] }, { x, y });
  const wanted = k * B;
  const WORKGROUP_SIZE = p.gpu.workgroupSize;
  // [0] the threshold's bits so far, [1] how many entries equal to it still fit
  const state = p.temporary('threshold bits', [4], 'u32');
  const counts = p.temporary('row counts', [B, 2], 'u32');
  const blocks = rowBlocks(p.gpu, [x, counts]);
  for (let bit = BITS - 1; bit >= -1; bit--) {
    // The last round (bit -1) changes no bit: it counts what lies above and at the final threshold.
    const round = Uint32Array.of(Math.max(bit, 0), bit === BITS - 1 ? 1 : 0, bit < 0 ? 1 : 0);
    const known = bit === BITS - 1 ? p.unread : state;
    for (const block of blocks) {
      p.dispatch({
        kernel: COUNT,
        constants: { ROWS: block.count, WIDTH: F, WORKGROUP_SIZE },
        bindings: [rows(x, block), known, rows(counts, block)],
        groups: block.count,
        sizes: round,
        cost: batchTopKCost.count({ B: block.count, F }),
      });
    }
    p.dispatch({
      kernel: NARROW,
      constants: { ROWS: B, WANTED: wanted, WORKGROUP_SIZE },
      bindings: [counts, state],
      groups: 1,
      sizes: round,
      cost: batchTopKCost.narrow({ B }),
    });
  }
  for (const block of blocks) {
    p.dispatch({
      kernel: SELECT,
      constants: { ROWS: block.count, WIDTH: F, WORKGROUP_SIZE },
      bindings: [rows(x, block), state, rows(counts, block), rows(y, block)],
      groups: block.count,
      cost: batchTopKCost.select({ B: block.count, F }),
    });
  }
  return { y, threshold: state };
}
