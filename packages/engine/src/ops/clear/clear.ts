import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
import { sizeOf } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'clear', source: new URL('./clear.wgsl', import.meta.url) };

export const clearCost = ({ N }: { N: number }): Work => ({ flops: 0, bytes: bytesOf(N) });

/** Fills a value with zeros. */
export function clear(p: ProgramBuilder, value: Value): void {
  const N = sizeOf(value.shape);
  const count = Math.ceil(N / 4);
  p.dispatch({
    kernel: KERNEL,
    constants: { COUNT: count },
    bindings: [value],
    groups: Math.ceil(count / 64),
    cost: clearCost({ N }),
  });
}
