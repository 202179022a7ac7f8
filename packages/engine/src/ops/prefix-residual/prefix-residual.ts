import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import type { Parts } from '../row-adam/parts.ts';

const KERNEL: Kernel = {
  label: 'prefix-residual',
  source: new URL('./prefix-residual.wgsl', import.meta.url),
  reduces: true,
};

/** An element of a prefix: the difference, its sum over prefixes, the scale, its square and that one's sum. */
export const prefixResidualCost = ({ B, D, G }: { B: number; D: number; G: number }): Work => ({
  flops: 5 * G * B * D + 2 * B * D + B,
  bytes: bytesOf(2 * G * B * D, B * D, 2 * B),
});

/**
 * What nested reconstructions (G·first,D) of x (B,D), as sparseMatmul writes them for groups of columns, leave: the
 * gradient of scale/2 · Σ_g |x̂ᵍ - x|² by each group's part of them, and the errors of each row.
 *
 * @param into where d (G·first,D) and the errors are written; temporaries of their own otherwise
 * @returns d, laid out as the reconstructions: that of group g is scale · Σ over g' >= g of (x̂ᵍ' - x); prefixLoss (B),
 *   the mean over prefixes of |x̂ᵍ - x|²; rowLoss (B), |x̂ - x|² of the last
 */
export function prefixResidual(
  p: ProgramBuilder,
  reconstructions: Value,
  x: Value,
  { first, groups }: Pick<Parts, 'first' | 'groups'>,
  scale: number,
  into: { readonly d?: Value; readonly prefixLoss?: Value; readonly rowLoss?: Value } = {},
): { d: Value; prefixLoss: Value; rowLoss: Value } {
  const d = into.d ?? p.temporary(`prefix residuals ${x.label}`, reconstructions.shape);
  const { B, D } = bindDimensions(
    'prefixResidual',
    { reconstructions: ['N', 'D'], x: ['B', 'D'], d: ['N', 'D'] },
    { reconstructions, x, d },
  );
  const prefixLoss = into.prefixLoss ?? p.temporary(`prefix errors ${x.label}`, [B]);
  const rowLoss = into.rowLoss ?? p.temporary(`error ${x.label}`, [B]);
  p.dispatch({
    kernel: KERNEL,
    constants: {
      ROWS: B,
      WIDTH: D,
      GROUPS: groups.length,
      STRIDE: first,
      SCALE: scale,
      WORKGROUP_SIZE: p.gpu.workgroupSize,
    },
    bindings: [reconstructions, x, d, prefixLoss, rowLoss],
    groups: B,
    cost: prefixResidualCost({ B, D, G: groups.length }),
  });
  return { d, prefixLoss, rowLoss };
}
