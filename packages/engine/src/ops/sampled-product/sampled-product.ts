import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import { rowMaskWords, entriesOfRows, type ActiveMask } from '../active-mask/active-mask.ts';

const KERNEL: Kernel = {
  label: 'sampled-product',
  source: new URL('./sampled-product.wgsl', import.meta.url),
  reduces: true,
};

/** An entry: a product of two rows, its offset, and f's part in the sum. */
export const sampledProductCost = ({
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
  flops: active * (2 * D + 2),
  // Each row of d and w is touched once, so no more of them than there are.
  bytes: bytesOf(2 * active, (Math.min(active, B) + Math.min(active, F)) * D, rowMaskWords({ B, F }), B),
});

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
    OFFSET_SLOT: offset.scalar,
    OFFSET_SCALE: offset.scale,
  };
  p.dispatch({
    kernel: forWidth(KERNEL, D),
    constants,
    bindings: [d, w, f, mask.rows, mask.summary, p.scalars, h, rowSum],
    groups: B,
    cost: { entries: entriesOfRows(mask), of: (active) => sampledProductCost({ B, F, D, active }) },
  });
  return { h, rowSum };
}
