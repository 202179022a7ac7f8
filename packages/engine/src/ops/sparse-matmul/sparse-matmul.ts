import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import { rowMaskWords, entriesOfRows, type ActiveMask } from '../active-mask/active-mask.ts';

const KERNEL: Kernel = { label: 'sparse-matmul', source: new URL('./sparse-matmul.wgsl', import.meta.url) };

export const sparseMatmulCost = ({
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
  flops: 2 * active * D + B * D,
  // Each row of w is touched once, so no more of them than there are.
  bytes: bytesOf(active, Math.min(active, F) * D, rowMaskWords({ B, F }), D, B * D),
});

/** y (B,D) = f (B,F) · w (F,D) + bias (D), visiting only the entries of f that its mask marks. */
export function sparseMatmul(
  p: ProgramBuilder,
  f: Value,
  mask: ActiveMask,
  w: Value,
  bias: Value,
  label: string,
): Value {
  const { B, F, D } = bindDimensions(
    'sparseMatmul',
    { f: ['B', 'F'], w: ['F', 'D'], bias: ['D'] },
    { f, w, bias },
  );
  const y = p.temporary(label, [B, D]);
  const constants = {
    WORKGROUP_SIZE: p.gpu.workgroupSize,
    ROWS: B,
    FEATURES: F,
    WIDTH: D % 4 === 0 ? D / 4 : D,
    WORDS: mask.rows.shape[1]!,
    SUMMARIES: mask.summary.shape[1]!,
  };
  p.dispatch({
    kernel: forWidth(KERNEL, D),
    constants,
    bindings: [f, mask.rows, mask.summary, w, bias, y],
    groups: B,
    cost: { entries: entriesOfRows(mask), of: (active) => sparseMatmulCost({ B, F, D, active }) },
  });
  return y;
}
