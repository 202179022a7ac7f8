import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
import { sizeOf } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'copy', source: new URL('./copy.wgsl', import.meta.url) };

export const copyCost = ({ N }: { N: number }): Work => ({ flops: 0, bytes: bytesOf(2 * N) });

/** y = x, for what one reader overwrites and another needs. */
export function copy(p: ProgramBuilder, x: Value): Value {
  const y = p.temporary(`copy of ${x.label}`, x.shape);
  const N = sizeOf(x.shape);
  const count = Math.ceil(N / 4);
  p.dispatch({
    kernel: KERNEL,
    constants: { COUNT: count },
    bindings: [x, y],
    groups: Math.ceil(count / 64),
    cost: copyCost({ N }),
  });
  return y;
}
