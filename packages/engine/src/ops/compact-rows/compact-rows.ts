import { ShapeError } from '../../errors.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadRows } from '../../program/spread.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { bindDimensions, describeShape } from '../../tensor/shape.ts';
import { checkMaskRows, reckonedEntries } from '../active-mask/active-mask.ts';

const COUNT: Kernel = { label: 'compact-rows/count', source: new URL('./row-count.wgsl', import.meta.url) };
const OFFSETS: Kernel = {
  label: 'compact-rows/offsets',
  source: new URL('./row-offsets.wgsl', import.meta.url),
  reduces: true,
};
const FILL: Kernel = {
  label: 'compact-rows/fill',
  source: new URL('./fill.wgsl', import.meta.url),
  reduces: true,
};

export const rowOffsetsCost = {
  count: ({ B, W }: { B: number; W: number }): Work => ({ flops: 0, bytes: bytesOf(B * W, B) }),
  offsets: ({ B }: { B: number }): Work => ({ flops: 0, bytes: bytesOf(2 * B + 1) }),
};

/**
 * Where each row's entries begin when the marked entries of a matrix are written one after another.
 *
 * @param rowMask (B,⌈F/32⌉) u32, the `rows` of an active mask
 * @returns (B+1) u32; the last is the number of all entries
 */
export function rowOffsets(p: ProgramBuilder, rowMask: Value): Value {
  const [B, W] = rowMask.shape as [number, number];
  const count = p.temporary('entries a row', [B], 'u32');
  const offsets = p.temporary('row offsets', [B + 1], 'u32');
  for (const block of rowBlocks(p.gpu, [rowMask, count], 1, rowOffsetsCost.count({ B, W }))) {
    p.dispatch({
      kernel: COUNT,
      constants: { ROWS: block.count, WORDS: W },
      bindings: [rows(rowMask, block), rows(count, block)],
      groups: Math.ceil(block.count / 64),
      cost: rowOffsetsCost.count({ B: block.count, W }),
    });
  }
  p.dispatch({
    kernel: OFFSETS,
    constants: { ROWS: B, WORKGROUP_SIZE: p.gpu.workgroupSize },
    bindings: [count, offsets],
    groups: 1,
    cost: rowOffsetsCost.offsets({ B }),
  });
  return offsets;
}

/** Marked entries of consecutive rows, one after another; both (capacity). */
export interface CompactedRows {
  /** u32 */
  readonly columns: Value;
  readonly values: Value;
}

/**
 * Gathers the marked entries of f (B,F), from row `first` on, in the order of rows and columns.
 *
 * Whole rows are written as long as they fit; `rowsThatFit` says on the host how many that is. What lies beyond
 * them in the output is undefined.
 *
 * @param first a scalar of the program: the row to begin with
 * @param capacity entries of the output; at least F, so that any row fits
 * @throws {ShapeError} if one full row would not fit
 */
export function compactRows(
  p: ProgramBuilder,
  f: Value,
  rowMask: Value,
  offsets: Value,
  first: Scalar,
  capacity: number,
): CompactedRows {
  const { B, F, W } = bindDimensions(
    'compactRows',
    { f: ['B', 'F'], rowMask: { u32: ['B', 'W'] } },
    { f, rowMask },
  );
  checkMaskRows('compactRows', rowMask, { B, F });
  if (offsets.shape[0] !== B + 1 || capacity < F) {
    throw new ShapeError(
      `compactRows: expected offsets (${B + 1}) and room for a row of ${F} entries, got ${describeShape(offsets.shape)} and room for ${capacity}`,
    );
  }
  const columns = p.temporary(`columns ${f.label}`, [capacity], 'u32');
  const values = p.temporary(`values ${f.label}`, [capacity]);
  const constants = {
    WIDTH: F,
    WORDS: W,
    CAPACITY: capacity,
    FIRST_SLOT: first,
  };
  // What a run fills is known by the run alone; of denser matrices it is filled in several.
  const most = Math.min(capacity, reckonedEntries({ B, F }));
  for (const block of rowBlocks(p.gpu, [f], 1, { flops: 0, bytes: bytesOf(B * W, 3 * most) })) {
    const spread = spreadRows(p.gpu, block.count, W);
    p.dispatch({
      kernel: FILL,
      constants: { ...constants, ...spread.constants },
      bindings: [rows(f, block), rowMask, offsets, p.scalars, columns, values],
      groups: spread.groups,
      sizes: Uint32Array.of(block.from, block.from + block.count),
      cost: null, // how many entries fit, from `first` on, is nowhere counted
    });
  }
  return { columns, values };
}

/** How many rows from `first` on one run of compactRows writes, of the first `rows` of a matrix. */
export function rowsThatFit(offsets: Uint32Array, first: number, rows: number, capacity: number): number {
  let end = first;
  while (end < rows && offsets[end + 1]! - offsets[first]! <= capacity) end++;
  return end - first;
}

/** (rows + 1) where the entries of `rows` rows from `first` on begin in what compactRows writes of them, from 0. */
export function offsetsFrom(offsets: Uint32Array, first: number, rows: number): Uint32Array {
  const own = offsets.slice(first, first + rows + 1);
  const base = own[0]!;
  for (let row = 0; row <= rows; row++) own[row]! -= base;
  return own;
}
