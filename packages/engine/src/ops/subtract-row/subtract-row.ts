import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import { asRows, rowBlocks, rows } from '../../program/rows.ts';
import { spreadRows } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { ShapeError } from '../../errors.ts';
import { describeShape, sizeOf } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'subtract-row', source: new URL('./subtract-row.wgsl', import.meta.url) };

export const subtractRowCost = ({ N, D }: { N: number; D: number }): Work => ({
  flops: N * D,
  bytes: bytesOf(2 * N * D, D),
});

/** y = x - v, with the vector v (D) taken from every row of x (..., D). */
export function subtractRow(p: ProgramBuilder, x: Value, v: Value, label: string): Value {
  if (v.shape.length !== 1 || x.shape.at(-1) !== v.shape[0]) {
    throw new ShapeError(
      `subtractRow: expected a vector as wide as x, got x ${describeShape(x.shape)} and v ${describeShape(v.shape)}`,
    );
  }
  const y = p.temporary(label, x.shape);
  const D = v.shape[0]!;
  for (const block of rowBlocks(p.gpu, [asRows(y)], 1, subtractRowCost({ N: sizeOf(y.shape) / D, D }))) {
    const spread = spreadRows(p.gpu, block.count, D);
    p.dispatch({
      kernel: forWidth(KERNEL, D),
      constants: { ROWS: block.count, WIDTH: D, ...spread.constants },
      bindings: [rows(asRows(x), block), v, rows(asRows(y), block)],
      groups: spread.groups,
      cost: subtractRowCost({ N: block.count, D }),
    });
  }
  return y;
}
