import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { flat, rowBlocks, rows } from '../../program/rows.ts';
import { spreadElements } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { sizeOf } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'copy', source: new URL('./copy.wgsl', import.meta.url) };

export const copyCost = ({ N }: { N: number }): Work => ({ flops: 0, bytes: bytesOf(2 * N) });

/**
 * y = x, for what one reader overwrites and another needs.
 *
 * @param into where y is written, as large as x; a temporary of its own otherwise
 */
export function copy(p: ProgramBuilder, x: Value, into: Value | null = null): Value {
  const y = into ?? p.temporary(`copy of ${x.label}`, x.shape);
  for (const block of rowBlocks(p.gpu, [flat(x)], 1, copyCost({ N: sizeOf(x.shape) }))) {
    const count = Math.ceil(block.count / 4);
    const spread = spreadElements(p.gpu, count);
    p.dispatch({
      kernel: KERNEL,
      constants: { COUNT: count, ...spread.constants },
      bindings: [x, y].map((value) => rows(flat(value), block)),
      groups: spread.groups,
      cost: copyCost({ N: block.count }),
    });
  }
  return y;
}
