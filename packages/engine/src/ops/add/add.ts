import type { Op } from '../../program/op.ts';
import { flat, rowBlocks, rows } from '../../program/rows.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { spreadElements } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { ShapeError } from '../../errors.ts';
import { describeShape, sameShape, sizeOf } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'add', source: new URL('./add.wgsl', import.meta.url) };

export const addCost = ({ N }: { N: number }): Work => ({ flops: N, bytes: bytesOf(3 * N) });

/** y = a + b, of one shape. */
export const add: Op<{ a: Value; b: Value }, Record<never, Value>, Record<never, never>> = {
  name: 'add',
  forward(p, { a, b }) {
    if (!sameShape(a.shape, b.shape)) {
      throw new ShapeError(`add: shapes differ, a ${describeShape(a.shape)} and b ${describeShape(b.shape)}`);
    }
    const output = p.temporary(`${a.label} + ${b.label}`, a.shape);
    for (const block of rowBlocks(p.gpu, [flat(output)], 1, addCost({ N: sizeOf(output.shape) }))) {
      const count = Math.ceil(block.count / 4);
      const spread = spreadElements(p.gpu, count);
      p.dispatch({
        kernel: KERNEL,
        constants: { COUNT: count, ...spread.constants },
        bindings: [a, b, output].map((value) => rows(flat(value), block)),
        groups: spread.groups,
        cost: addCost({ N: block.count }),
      });
    }
    return { output, saved: {} };
  },
  backward(_p, gradient) {
    return { a: () => gradient, b: () => gradient };
  },
};
