import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { flat, rowBlocks, rows } from '../../program/rows.ts';
import { spreadElements } from '../../program/spread.ts';
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
  for (const block of rowBlocks(p.gpu, [flat(y)], 1, subtractScaledCost({ N: sizeOf(y.shape) }))) {
    const count = Math.ceil(block.count / 4);
    const spread = spreadElements(p.gpu, count);
    const part = (value: Value): Value => rows(flat(value), block);
    p.dispatch({
      kernel: KERNEL,
      constants: {
        COUNT: count,
        ...spread.constants,
        FACTOR_SLOT: factor.scalar,
        FACTOR_SCALE: factor.scale,
      },
      bindings: [part(a), part(b), p.scalars, part(y)],
      groups: spread.groups,
      cost: subtractScaledCost({ N: block.count }),
    });
  }
  return y;
}
