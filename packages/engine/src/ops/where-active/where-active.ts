import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { flat, rowBlocks, rows } from '../../program/rows.ts';
import { spreadElements } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions, sizeOf } from '../../tensor/shape.ts';
import type { Offset } from '../sampled-product/sampled-product.ts';

const KERNEL: Kernel = { label: 'where-active', source: new URL('./where-active.wgsl', import.meta.url) };

export const whereActiveCost = ({ N }: { N: number }): Work => ({ flops: N, bytes: bytesOf(3 * N) });

/** y (B,F) = x + offset where f is positive, 0 elsewhere: the dense counterpart of sampledProduct. */
export function whereActive(p: ProgramBuilder, x: Value, f: Value, offset: Offset | null): Value {
  bindDimensions('whereActive', { x: ['B', 'F'], f: ['B', 'F'] }, { x, f });
  const y = p.temporary(`masked ${x.label}`, x.shape);
  for (const block of rowBlocks(p.gpu, [flat(y)], 1, whereActiveCost({ N: sizeOf(y.shape) }))) {
    const count = Math.ceil(block.count / 4);
    const spread = spreadElements(p.gpu, count);
    const part = (value: Value): Value => rows(flat(value), block);
    p.dispatch({
      kernel: KERNEL,
      constants: {
        COUNT: count,
        ...spread.constants,
        OFFSET_SLOT: offset?.scalar ?? 0,
        OFFSET_SCALE: offset?.scale ?? 0,
      },
      bindings: [part(x), part(f), p.scalars, part(y)],
      groups: spread.groups,
      cost: whereActiveCost({ N: block.count }),
    });
  }
  return y;
}
