import type { ProgramBuilder } from '../../program/builder.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import type { ActiveMask } from '../active-mask/active-mask.ts';

const KERNEL: Kernel = {
  label: 'sparse-transposed-matmul',
  source: new URL('./sparse-transposed-matmul.wgsl', import.meta.url),
};

/** g (F,D) = fᵀ · y for f (B,F) and y (B,D), visiting only the entries that the mask marks. */
export function sparseTransposedMatmul(
  p: ProgramBuilder,
  f: Value,
  mask: ActiveMask,
  y: Value,
  label: string,
): Value {
  const { F, D } = bindDimensions('sparseTransposedMatmul', { f: ['B', 'F'], y: ['B', 'D'] }, { f, y });
  const g = p.temporary(label, [F, D]);
  const constants = {
    WORKGROUP_SIZE: p.gpu.workgroupSize,
    FEATURES: F,
    WIDTH: D % 4 === 0 ? D / 4 : D,
    SUMMARIES: mask.columnSummaries,
  };
  p.dispatch(forWidth(KERNEL, D), constants, [f, mask.columns, y, g], F);
  return g;
}
