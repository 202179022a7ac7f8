import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import {
  checkMaskColumns,
  columnMaskWords,
  entriesOfColumns,
  reckonedEntries,
  wordsHere,
  type ActiveMask,
} from '../active-mask/active-mask.ts';

const KERNEL: Kernel = {
  label: 'masked-column-sum',
  source: new URL('./masked-column-sum.wgsl', import.meta.url),
};

export const maskedColumnSumCost = ({ B, F, active }: { B: number; F: number; active: number }): Work => ({
  flops: 4 * active,
  bytes: bytesOf(2 * active, columnMaskWords({ B, F }), 4 * F),
});

/** Sums over the marked rows of each column, all (F). */
export interface MaskedSums {
  readonly sumF: Value;
  readonly sumH: Value;
  readonly sumFH: Value;
  /** How many rows are marked. */
  readonly count: Value;
}

/**
 * Sums f, h and f·h (B,F) over the rows that the mask marks in each column.
 *
 * @param before sums over the rows before these, which go on: they are added to, and returned. The result is that of all
 *   rows at once, to the bit, where the rows before are a multiple of 32.
 */
export function maskedColumnSum(
  p: ProgramBuilder,
  f: Value,
  h: Value,
  mask: ActiveMask,
  before: MaskedSums | null = null,
): MaskedSums {
  const { B, F } = bindDimensions('maskedColumnSum', { f: ['B', 'F'], h: ['B', 'F'] }, { f, h });
  checkMaskColumns('maskedColumnSum', mask, { B, F });
  const sums: MaskedSums = before ?? {
    sumF: p.temporary(`Σ ${f.label}`, [F]),
    sumH: p.temporary(`Σ ${h.label}`, [F]),
    sumFH: p.temporary(`Σ ${f.label}·${h.label}`, [F]),
    count: p.temporary(`active ${f.label}`, [F]),
  };
  const work = maskedColumnSumCost({ B, F, active: reckonedEntries({ B, F }) });
  for (const block of rowBlocks(p.gpu, [f], 32, work)) {
    const share = block.count / B;
    p.dispatch({
      kernel: KERNEL,
      constants: { FEATURES: F, SUMMARIES: mask.columnSummaries },
      bindings: [rows(f, block), rows(h, block), mask.columns, sums.sumF, sums.sumH, sums.sumFH, sums.count],
      groups: Math.ceil(F / 64),
      sizes: wordsHere(block, before !== null),
      cost: {
        entries: entriesOfColumns(mask),
        of: (active) => maskedColumnSumCost({ B: block.count, F, active: active * share }),
      },
    });
  }
  return sums;
}
