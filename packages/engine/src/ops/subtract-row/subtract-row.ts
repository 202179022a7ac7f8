import type { ProgramBuilder } from '../../program/builder.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
import { ShapeError } from '../../errors.ts';
import { describeShape, sizeOf } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'subtract-row', source: new URL('./subtract-row.wgsl', import.meta.url) };

/** y = x - v, with the vector v (D) taken from every row of x (..., D). */
export function subtractRow(p: ProgramBuilder, x: Value, v: Value, label: string): Value {
  if (v.shape.length !== 1 || x.shape.at(-1) !== v.shape[0]) {
    throw new ShapeError(
      `subtractRow: expected a vector as wide as x, got x ${describeShape(x.shape)} and v ${describeShape(v.shape)}`,
    );
  }
  const y = p.temporary(label, x.shape);
  const count = sizeOf(x.shape);
  p.dispatch(KERNEL, { COUNT: count, WIDTH: v.shape[0]! }, [x, v, y], Math.ceil(count / 64));
  return y;
}
