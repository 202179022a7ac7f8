import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { flat, rowBlocks, rows } from '../../program/rows.ts';
import { spreadElements } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { sizeOf } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'clear', source: new URL('./clear.wgsl', import.meta.url) };

export const clearCost = ({ N }: { N: number }): Work => ({ flops: 0, bytes: bytesOf(N) });

/** Fills a value with zeros. */
export function clear(p: ProgramBuilder, value: Value): void {
  for (const block of rowBlocks(p.gpu, [flat(value)], 1, clearCost({ N: sizeOf(value.shape) }))) {
    const count = Math.ceil(block.count / 4);
    const spread = spreadElements(p.gpu, count);
    p.dispatch({
      kernel: KERNEL,
      constants: { COUNT: count, ...spread.constants },
      bindings: [rows(flat(value), block)],
      groups: spread.groups,
      cost: clearCost({ N: block.count }),
    });
  }
}
