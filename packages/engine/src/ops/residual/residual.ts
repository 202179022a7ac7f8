import type { ProgramBuilder } from '../../program/builder.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = {
  label: 'residual',
  source: new URL('./residual.wgsl', import.meta.url),
  reduces: true,
};

/** d (B,D) = scale · (x̂ - x) and rowLoss (B) = |x̂ - x|², for reconstructions x̂ of x (B,D). */
export function residual(
  p: ProgramBuilder,
  reconstruction: Value,
  x: Value,
  scale: number,
): { d: Value; rowLoss: Value } {
  const { B, D } = bindDimensions(
    'residual',
    { reconstruction: ['B', 'D'], x: ['B', 'D'] },
    { reconstruction, x },
  );
  const d = p.temporary(`residual ${x.label}`, [B, D]);
  const rowLoss = p.temporary(`error ${x.label}`, [B]);
  p.dispatch(
    KERNEL,
    { ROWS: B, WIDTH: D, SCALE: scale, WORKGROUP_SIZE: p.gpu.workgroupSize },
    [reconstruction, x, d, rowLoss],
    B,
  );
  return { d, rowLoss };
}
