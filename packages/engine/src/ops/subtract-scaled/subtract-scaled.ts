import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { ShapeError } from '../../errors.ts';
import { describeShape, sameShape, sizeOf } from '../../tensor/shape.ts';

const KERNEL: Kernel = {
  label: 'subtract-scaled',
  source: new URL('./subtract-scaled.wgsl', import.meta.url),
};

export const subtractScaledCost = ({ N }: { N: number }): Work => ({ flops: 2 * N, bytes: bytesOf(3 * N) });

/** y = a - factor · b, of one shape; the factor is a scalar of the program times a constant. */
export function subtractScaled(
  p: ProgramBuilder,
  a: Value,
  b: Value,
  factor: { readonly scalar: Scalar; readonly scale: number },
): Value {
  if (!sameShape(a.shape, b.shape)) {
    throw new ShapeError(
      `subtractScaled: shapes differ, a ${describeShape(a.shape)} and b ${describeShape(b.shape)}`,
    );
  }
  const y = p.temporary(`${a.label} - ${factor.scalar.name}·${b.label}`, a.shape);
  const count = Math.ceil(sizeOf(a.shape) / 4);
  const constants = { COUNT: count, FACTOR_SLOT: factor.scalar, FACTOR_SCALE: factor.scale };
  p.dispatch({
    kernel: KERNEL,
    constants,
    bindings: [a, b, p.scalars, y],
    groups: Math.ceil(count / 64),
    cost: subtractScaledCost({ N: sizeOf(a.shape) }),
  });
  return y;
}
