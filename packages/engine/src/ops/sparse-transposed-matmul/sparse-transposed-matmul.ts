import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { GATHER_ROWS, gatheredWidth } from '../../program/gather-rows.ts';
import type { Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadRows } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import {
  checkMaskColumns,
  columnMaskWords,
  entriesOfColumns,
  reckonedEntries,
  wordRange,
  type ActiveColumns,
} from '../active-mask/active-mask.ts';
import { partsWords, type Parts } from '../row-adam/parts.ts';

const KERNEL: Kernel = {
  label: 'sparse-transposed-matmul',
  source: new URL('./sparse-transposed-matmul.wgsl', import.meta.url),
  before: GATHER_ROWS,
  columns: 'edged',
};
/** Samples that a row is reckoned to gather: rows that gather none share a workgroup, and those of many are still spread. */
const RECKONED_SAMPLES = 16;

export const sparseTransposedMatmulCost = ({
  B,
  F,
  D,
  active,
  goesOn = false,
}: {
  B: number;
  F: number;
  D: number;
  active: number;
  goesOn?: boolean;
}): Work => ({
  flops: 2 * active * D,
  // Each row of y is touched once, so no more of them than there are; of g that goes on, those that gain something.
  bytes: bytesOf(
    active,
    Math.min(active, B) * D,
    columnMaskWords({ B, F }),
    (goesOn ? 2 * Math.min(active, F) : F) * D,
  ),
});

/**
 * g (F,D) = fᵀ · y for f (B,F) and y (B,D), visiting only the entries that the mask marks.
 *
 * @param parts which rows of y the rows of f meet, where they are not the same
 * @param before g of the rows before these, which goes on: it is added to, and returned. The result is that of all rows
 *   at once, to the bit, where the rows before are a multiple of 32 and there is one part.
 */
export function sparseTransposedMatmul(
  p: ProgramBuilder,
  f: Value,
  mask: ActiveColumns,
  y: Value,
  label: string,
  parts: Parts | null = null,
  before: Value | null = null,
): Value {
  const g = before ?? p.temporary(label, [f.shape[1]!, y.shape[1]!]);
  const { B, F, D } = bindDimensions(
    'sparseTransposedMatmul',
    { f: ['B', 'F'], y: [parts === null ? 'B' : 'N', 'D'], g: ['F', 'D'] },
    { f, y, g },
  );
  checkMaskColumns('sparseTransposedMatmul', mask, { B, F });
  const goesOn = before !== null;
  const work = sparseTransposedMatmulCost({ B, F, D, active: reckonedEntries({ B, F }), goesOn });
  for (const features of rowBlocks(p.gpu, [g], 1, work))
    gatherRows(p, f, mask, y, parts, {
      g: rows(g, features),
      first: features.from,
      goesOn,
    });
  return g;
}

/**
 * Some rows of g = fᵀ · y.
 *
 * @param into the rows, the feature that the first of them is of, and whether they begin with what they hold
 */
export function gatherRows(
  p: ProgramBuilder,
  f: Value,
  mask: ActiveColumns,
  y: Value,
  parts: Parts | null,
  { g, first, goesOn = false }: { readonly g: Value; readonly first: number; readonly goesOn?: boolean },
): void {
  const [B, F] = f.shape as [number, number];
  const [gathered, D] = g.shape as [number, number];
  // Where in the mask the rows of f are.
  const starts = parts?.again === true ? [0, parts.first] : [0];
  const blocks = rowBlocks(p.gpu, [f], 32);
  const spread = spreadRows(p.gpu, gathered, RECKONED_SAMPLES * D);
  for (const { block, at } of starts.flatMap((start) =>
    blocks.map((block) => ({ block, at: { ...block, from: start + block.from } })),
  )) {
    const share = ((block.count / B) * gathered) / F / starts.length;
    p.dispatch({
      kernel: KERNEL,
      constants: {
        ...spread.constants,
        ...gatheredWidth(p.gpu, D),
        FEATURES: F,
        SUMMARIES: mask.columnSummaries,
        GROUPS: parts?.groups.length ?? 1,
        GOES_ON: goesOn || at.from > 0 ? 1 : 0,
      },
      bindings: [rows(f, block), mask.columns, y, g],
      groups: spread.groups,
      sizes: partsWords(parts ?? { first: B, second: 0, groups: [F] }, F, {
        ...wordRange(at),
        firstFeature: first,
        features: gathered,
      }),
      cost: {
        entries: entriesOfColumns(mask),
        of: (active) =>
          sparseTransposedMatmulCost({
            B: block.count,
            F: gathered,
            D,
            active: active * share,
            goesOn: goesOn || at.from > 0,
          }),
      },
    });
  }
}
