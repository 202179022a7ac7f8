import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import { columnMaskWords, entriesOfColumns, wordRange, type ActiveMask } from '../active-mask/active-mask.ts';
import { partsWords, type Parts } from '../row-adam/parts.ts';

const KERNEL: Kernel = {
  label: 'sparse-transposed-matmul',
  source: new URL('./sparse-transposed-matmul.wgsl', import.meta.url),
};

export const sparseTransposedMatmulCost = ({
  B,
  F,
  D,
  active,
}: {
  B: number;
  F: number;
  D: number;
  active: number;
}): Work => ({
  flops: 2 * active * D,
  // Each row of y is touched once, so no more of them than there are.
  bytes: bytesOf(active, Math.min(active, B) * D, columnMaskWords({ B, F }), F * D),
});

/**
 * g (F,D) = fᵀ · y for f (B,F) and y (B,D), visiting only the entries that the mask marks.
 *
 * @param parts which rows of y the rows of f meet, where they are not the same
 */
export function sparseTransposedMatmul(
  p: ProgramBuilder,
  f: Value,
  mask: ActiveMask,
  y: Value,
  label: string,
  parts: Parts | null = null,
): Value {
  const { F, D } = bindDimensions(
    'sparseTransposedMatmul',
    { f: ['B', 'F'], y: [parts === null ? 'B' : 'N', 'D'] },
    { f, y },
  );
  const g = p.temporary(label, [F, D]);
  for (const features of rowBlocks(p.gpu, [g]))
    gatherRows(p, f, mask, y, parts, { g: rows(g, features), first: features.from });
  return g;
}

/** Some rows of g = fᵀ · y. @param into the rows, and the feature that the first of them is of */
export function gatherRows(
  p: ProgramBuilder,
  f: Value,
  mask: ActiveMask,
  y: Value,
  parts: Parts | null,
  { g, first }: { readonly g: Value; readonly first: number },
): void {
  const [B, F] = f.shape as [number, number];
  const [gathered, D] = g.shape as [number, number];
  for (const block of rowBlocks(p.gpu, [f], 32)) {
    const share = ((block.count / B) * gathered) / F;
    p.dispatch({
      kernel: forWidth(KERNEL, D),
      constants: {
        WORKGROUP_SIZE: p.gpu.workgroupSize,
        FEATURES: F,
        WIDTH: D % 4 === 0 ? D / 4 : D,
        SUMMARIES: mask.columnSummaries,
        GROUPS: parts?.groups.length ?? 1,
      },
      bindings: [rows(f, block), mask.columns, y, g],
      groups: gathered,
      sizes: partsWords(parts ?? { first: B, second: 0, groups: [F] }, F, {
        ...wordRange(block),
        firstFeature: first,
        features: gathered,
      }),
      cost: {
        entries: entriesOfColumns(mask),
        of: (active) =>
          sparseTransposedMatmulCost({ B: block.count, F: gathered, D, active: active * share }),
      },
    });
  }
}
