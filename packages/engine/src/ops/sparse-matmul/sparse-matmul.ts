import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { GATHER_ROWS, gatheredWidth } from '../../program/gather-rows.ts';
import type { Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import {
  checkMaskRows,
  COLUMNS_A_SUMMARY,
  entriesOfRows,
  reckonedEntries,
  rowMaskWords,
  summaryRange,
  type ActiveRows,
} from '../active-mask/active-mask.ts';
import { partsWords, type Parts } from '../row-adam/parts.ts';

const KERNEL: Kernel = {
  label: 'sparse-matmul',
  source: new URL('./sparse-matmul.wgsl', import.meta.url),
  before: GATHER_ROWS,
  columns: 'edged',
};

export const sparseMatmulCost = ({
  B,
  F,
  D,
  active,
  outputs = 1,
  biasElements = D,
}: {
  B: number;
  F: number;
  D: number;
  active: number;
  outputs?: number;
  biasElements?: number;
}): Work => ({
  flops: 2 * active * D + B * D,
  // Each row of w is touched once, so no more of them than there are.
  bytes: bytesOf(active, Math.min(active, F) * D, rowMaskWords({ B, F }), biasElements, outputs * B * D),
});

/**
 * y (B,D) = f (B,F) · w (F,D) + bias, visiting only the entries of f that its mask marks.
 *
 * @param bias (D), or (B,D) with a row for each
 * @param parts groups of columns; y then is (G·first,D), and its row g · first + b has what row b of f makes with the
 *   columns of all groups up to and with g
 */
export function sparseMatmul(
  p: ProgramBuilder,
  f: Value,
  mask: ActiveRows,
  w: Value,
  bias: Value,
  label: string,
  parts: Pick<Parts, 'first' | 'groups'> | null = null,
): Value {
  const biasRows = bias.shape.length === 2;
  const { B, F, D } = bindDimensions(
    'sparseMatmul',
    { f: ['B', 'F'], w: ['F', 'D'], bias: biasRows ? ['B', 'D'] : ['D'] },
    { f, w, bias },
  );
  checkMaskRows('sparseMatmul', mask.rows, { B, F });
  const groups = parts?.groups ?? [F];
  const y = p.temporary(label, parts === null ? [B, D] : [groups.length * parts.first, D]);
  const outputs = groups.length;
  const biasElements = biasRows ? B * D : D;
  const features = rowBlocks(p.gpu, [w], COLUMNS_A_SUMMARY);
  const work = sparseMatmulCost({ B, F, D, active: reckonedEntries({ B, F }), outputs, biasElements });
  for (const block of rowBlocks(p.gpu, [f], 1, work)) {
    const share = block.count / B / features.length;
    for (const columns of features) {
      p.dispatch({
        kernel: KERNEL,
        constants: {
          WORKGROUP_SIZE: p.gpu.workgroupSize,
          FEATURES: F,
          ...gatheredWidth(p.gpu, D),
          WORDS: mask.rows.shape[1]!,
          SUMMARIES: mask.summary.shape[1]!,
          BIAS_ROWS: biasRows ? 1 : 0,
          GROUPS: groups.length,
          GOES_ON: columns.from > 0 ? 1 : 0,
        },
        bindings: [rows(f, block), mask.rows, mask.summary, rows(w, columns), bias, y],
        groups: block.count,
        sizes: partsWords({ first: parts?.first ?? B, second: 0, groups }, F, {
          firstRow: block.from,
          rows: block.count,
          ...summaryRange(columns),
        }),
        cost: {
          entries: entriesOfRows(mask),
          of: (active) =>
            sparseMatmulCost({
              B: block.count,
              F: columns.count,
              D,
              active: active * share,
              outputs,
              biasElements,
            }),
        },
      });
    }
  }
  return y;
}
