import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'accumulate', source: new URL('./accumulate.wgsl', import.meta.url) };

export const accumulateCost = ({ F }: { F: number }): Work => ({ flops: 0, bytes: bytesOf(3 * F) });

/** total (F) u32 += x (F), whole numbers held as f32. */
export function accumulate(p: ProgramBuilder, x: Value, total: Value): void {
  const { F } = bindDimensions('accumulate', { x: ['F'], total: { u32: ['F'] } }, { x, total });
  p.dispatch({
    kernel: KERNEL,
    constants: { COUNT: F },
    bindings: [x, total],
    groups: Math.ceil(F / 64),
    cost: accumulateCost({ F }),
  });
}
