import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions, checkCount } from '../../tensor/shape.ts';

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
  const { B } = bindDimensions('batchTopK', { x: ['B', 'F'], y: ['B', 'F'] }, { x, y });
  checkCount('batchTopK', 'k', k);
  const wanted = k * B;
  // [0] the threshold's bits so far, [1] how many entries equal to it still fit
  const state = p.temporary('threshold bits', [4], 'u32');
  const counts = p.temporary('row counts', [B, 2], 'u32');
  const blocks = rowBlocks(p.gpu, [x, counts]);
  for (let bit = BITS - 1; bit >= -1; bit--) {
    // The last round (bit -1) changes no bit: it counts what lies above and at the final threshold.
    const first = bit === BITS - 1;
    for (const block of blocks)
      recordRound(p, rows(x, block), first ? p.unread : state, rows(counts, block), roundOf(bit));
    p.dispatch({
      kernel: NARROW,
      constants: { ROWS: B, WANTED: wanted, WORKGROUP_SIZE: p.gpu.workgroupSize },
      bindings: [counts, state],
      groups: 1,
      sizes: roundOf(bit),
      cost: batchTopKCost.narrow({ B }),
    });
  }
  for (const block of blocks) recordSelect(p, rows(x, block), state, rows(counts, block), rows(y, block));
  return { y, threshold: state };
}

/** The `round` uniform of the kernels: the bit that is tried, and whether it is the first or none. */
function roundOf(bit: number): Uint32Array {
  return Uint32Array.of(Math.max(bit, 0), bit === BITS - 1 ? 1 : 0, bit < 0 ? 1 : 0);
}

/**
 * Counts the entries of each row of x (B,F) above the threshold and at it, into counts u32 (B,2).
 *
 * @param first whether there is no threshold yet: what is positive then lies above
 */
export function recordCount(
  p: ProgramBuilder,
  x: Value,
  state: Value,
  counts: Value,
  { first }: { readonly first: boolean },
): void {
  recordRound(p, x, state, counts, Uint32Array.of(0, first ? 1 : 0, 1));
}

function recordRound(p: ProgramBuilder, x: Value, state: Value, counts: Value, sizes: Uint32Array): void {
  const [B, F] = x.shape as [number, number];
  p.dispatch({
    kernel: COUNT,
    constants: { ROWS: B, WIDTH: F, WORKGROUP_SIZE: p.gpu.workgroupSize },
    bindings: [x, state, counts],
    groups: B,
    sizes,
    cost: batchTopKCost.count({ B, F }),
  });
}

/**
 * y (B,F) keeps what lies above the threshold, and of what equals it as many as fit.
 *
 * @param counts u32 (B,2): the second of a row says how many entries that equal the threshold come before it
 */
export function recordSelect(p: ProgramBuilder, x: Value, state: Value, counts: Value, y: Value): void {
  const [B, F] = x.shape as [number, number];
  p.dispatch({
    kernel: SELECT,
    constants: { ROWS: B, WIDTH: F, WORKGROUP_SIZE: p.gpu.workgroupSize },
    bindings: [x, state, counts, y],
    groups: B,
    cost: batchTopKCost.select({ B, F }),
  });
}
