import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadRows } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = {
  label: 'residual',
  source: new URL('./residual.wgsl', import.meta.url),
  reduces: true,
};

/** An element: the difference, its square, their sum, and the scale. */
export const residualCost = ({ B, D }: { B: number; D: number }): Work => ({
  flops: 4 * B * D,
  bytes: bytesOf(3 * B * D, B),
});

/**
 * d (B,D) = scale · (x̂ - x) and rowLoss (B) = |x̂ - x|², for reconstructions x̂ of x (B,D).
 *
 * @param into where d and rowLoss are written; temporaries of their own otherwise
 */
export function residual(
  p: ProgramBuilder,
  reconstruction: Value,
  x: Value,
  scale: number,
  into: { readonly d?: Value; readonly rowLoss?: Value } = {},
): { d: Value; rowLoss: Value } {
  const { B, D } = bindDimensions(
    'residual',
    { reconstruction: ['B', 'D'], x: ['B', 'D'], d: ['B', 'D'] },
    { reconstruction, x, d: into.d ?? x },
  );
  const d = into.d ?? p.temporary(`residual ${x.label}`, [B, D]);
  const rowLoss = into.rowLoss ?? p.temporary(`error ${x.label}`, [B]);
  for (const block of rowBlocks(p.gpu, [d, rowLoss], 1, residualCost({ B, D }))) {
    const spread = spreadRows(p.gpu, block.count, D);
    p.dispatch({
      kernel: forWidth(KERNEL, D),
      constants: { ROWS: block.count, WIDTH: D, SCALE: scale, ...spread.constants },
      bindings: [reconstruction, x, d, rowLoss].map((value) => rows(value, block)),
      groups: spread.groups,
      cost: residualCost({ B: block.count, D }),
    });
  }
  return { d, rowLoss };
}
