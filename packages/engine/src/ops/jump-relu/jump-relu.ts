import type { ProgramBuilder } from '../../program/builder.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { bindDimensions, sizeOf } from '../../tensor/shape.ts';

const FORWARD: Kernel = { label: 'jump-relu', source: new URL('./jump-relu.wgsl', import.meta.url) };
const THRESHOLD: Kernel = {
  label: 'jump-relu/threshold-gradient',
  source: new URL('./threshold-gradient.wgsl', import.meta.url),
};

/** f (B,F) = x where x > threshold (F), else 0; `near` marks the entries within half a bandwidth of the threshold. */
export function jumpRelu(
  p: ProgramBuilder,
  x: Value,
  threshold: Value,
  bandwidth: number,
): { f: Value; near: Value } {
  const { F } = bindDimensions('jumpRelu', { x: ['B', 'F'], threshold: ['F'] }, { x, threshold });
  const f = p.temporary('f', x.shape);
  const near = p.temporary('near threshold', x.shape);
  const count = sizeOf(x.shape);
  p.dispatch(
    FORWARD,
    { COUNT: count, FEATURES: F, BANDWIDTH: bandwidth },
    [x, threshold, f, near],
    Math.ceil(count / 64),
  );
  return { f, near };
}

/**
 * The threshold's gradient (F) by the rectangle kernel.
 *
 * @param sumProducts (F) Σ of d·w_j over the near entries of column j
 * @param count (F) number of near entries of column j
 * @param penalty a scalar of the program and its factor: the weight of one active entry in the loss
 */
export function thresholdGradient(
  p: ProgramBuilder,
  threshold: Value,
  sumProducts: Value,
  count: Value,
  bandwidth: number,
  penalty: { readonly scalar: Scalar; readonly scale: number },
): Value {
  const F = threshold.shape[0]!;
  const gradient = p.temporary('dthreshold', [F]);
  const constants = {
    FEATURES: F,
    BANDWIDTH: bandwidth,
    PENALTY_SLOT: penalty.scalar.slot,
    PENALTY_SCALE: penalty.scale,
  };
  p.dispatch(THRESHOLD, constants, [threshold, sumProducts, count, p.scalars, gradient], Math.ceil(F / 64));
  return gradient;
}
