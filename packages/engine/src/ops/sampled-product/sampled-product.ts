import type { ProgramBuilder } from '../../program/builder.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import type { ActiveMask } from '../active-mask/active-mask.ts';

const KERNEL: Kernel = {
  label: 'sampled-product',
  source: new URL('./sampled-product.wgsl', import.meta.url),
  reduces: true,
};

/**
 * h (B,F) = d (B,D) · wᵀ + offset, computed only where f's mask is set; elsewhere h holds whatever was there.
 *
 * @param offset a scalar of the program and the factor it is multiplied by
 * @returns h, and rowSum (B), the sum of f's active entries in each row
 */
export function sampledProduct(
  p: ProgramBuilder,
  d: Value,
  w: Value,
  f: Value,
  mask: ActiveMask,
  offset: { readonly scalar: Scalar; readonly scale: number },
): { h: Value; rowSum: Value } {
  const { B, F, D } = bindDimensions(
    'sampledProduct',
    { d: ['B', 'D'], w: ['F', 'D'], f: ['B', 'F'] },
    { d, w, f },
  );
  const h = p.temporary(`sampled ${d.label}`, [B, F]);
  const rowSum = p.temporary(`row sums ${f.label}`, [B]);
  const constants = {
    WORKGROUP_SIZE: p.gpu.workgroupSize,
    ROWS: B,
    FEATURES: F,
    WIDTH: D % 4 === 0 ? D / 4 : D,
    WORDS: mask.rows.shape[1]!,
    SUMMARIES: mask.summary.shape[1]!,
    OFFSET_SLOT: offset.scalar.slot,
    OFFSET_SCALE: offset.scale,
  };
  p.dispatch(forWidth(KERNEL, D), constants, [d, w, f, mask.rows, mask.summary, p.scalars, h, rowSum], B);
  return { h, rowSum };
}
