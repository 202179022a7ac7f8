import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadRows } from '../../program/spread.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const FORWARD: Kernel = { label: 'jump-relu', source: new URL('./jump-relu.wgsl', import.meta.url) };
const NEAR: Kernel = { label: 'jump-relu/near', source: new URL('./near.wgsl', import.meta.url) };
const THRESHOLD: Kernel = {
  label: 'jump-relu/threshold-gradient',
  source: new URL('./threshold-gradient.wgsl', import.meta.url),
};

export const jumpReluCost = {
  forward: ({ B, F }: { B: number; F: number }): Work => ({ flops: 0, bytes: bytesOf(2 * B * F, F) }),
  /** The distance from the threshold. */
  near: ({ B, F }: { B: number; F: number }): Work => ({ flops: B * F, bytes: bytesOf(2 * B * F, F) }),
  threshold: ({ F }: { F: number }): Work => ({ flops: 4 * F, bytes: bytesOf(4 * F) }),
};

/** f (B,F) = ReLU(x) where x > threshold (F), else 0. */
export function jumpRelu(p: ProgramBuilder, x: Value, threshold: Value): Value {
  const { B, F } = bindDimensions('jumpRelu', { x: ['B', 'F'], threshold: ['F'] }, { x, threshold });
  const f = p.temporary('f', x.shape);
  for (const block of rowBlocks(p.gpu, [x], 1, jumpReluCost.forward({ B, F }))) {
    const spread = spreadRows(p.gpu, block.count, F);
    p.dispatch({
      kernel: forWidth(FORWARD, F),
      constants: { ROWS: block.count, WIDTH: F, ...spread.constants },
      bindings: [rows(x, block), threshold, rows(f, block)],
      groups: spread.groups,
      cost: jumpReluCost.forward({ B: block.count, F }),
    });
  }
  return f;
}

/** 1 where x (B,F) lies within half a bandwidth of its threshold (F), else 0. */
export function nearThreshold(p: ProgramBuilder, x: Value, threshold: Value, bandwidth: number): Value {
  const { B, F } = bindDimensions('nearThreshold', { x: ['B', 'F'], threshold: ['F'] }, { x, threshold });
  const near = p.temporary('near threshold', x.shape);
  for (const block of rowBlocks(p.gpu, [x], 1, jumpReluCost.near({ B, F }))) {
    const spread = spreadRows(p.gpu, block.count, F);
    p.dispatch({
      kernel: forWidth(NEAR, F),
      constants: { ROWS: block.count, WIDTH: F, ...spread.constants, BANDWIDTH: bandwidth },
      bindings: [rows(x, block), threshold, rows(near, block)],
      groups: spread.groups,
      cost: jumpReluCost.near({ B: block.count, F }),
    });
  }
  return near;
}

/**
 * The threshold's gradient (F) by the rectangle kernel.
 *
 * @param sumProducts (F) Σ of d·w_j over the near entries of column j
 * @param count (F) number of near entries of column j
 * @param penalty a scalar of the program and its factor: the weight of one active entry in the loss; null where
 *   the loss does not count them
 */
export function thresholdGradient(
  p: ProgramBuilder,
  threshold: Value,
  sumProducts: Value,
  count: Value,
  bandwidth: number,
  penalty: { readonly scalar: Scalar; readonly scale: number } | null,
): Value {
  const F = threshold.shape[0]!;
  const gradient = p.temporary('dthreshold', [F]);
  const constants = {
    FEATURES: F,
    BANDWIDTH: bandwidth,
    PENALTY_SLOT: penalty?.scalar ?? 0,
    PENALTY_SCALE: penalty?.scale ?? 0,
  };
  p.dispatch({
    kernel: THRESHOLD,
    constants,
    bindings: [threshold, sumProducts, count, p.scalars, gradient],
    groups: Math.ceil(F / 64),
    cost: jumpReluCost.threshold({ F }),
  });
  return gradient;
}
