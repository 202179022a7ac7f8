import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'idle-rows', source: new URL('./idle-rows.wgsl', import.meta.url) };

export const idleRowsCost = ({ F }: { F: number }): Work => ({ flops: 0, bytes: bytesOf(3 * F) });

/**
 * Keeps, in place, for how many rows each column has been inactive: idle (F) u32 starts anew where count (F) is above 0,
 * and grows by `rows` elsewhere, up to 2³¹.
 */
export function countIdle(p: ProgramBuilder, count: Value, idle: Value, rows: number): void {
  const { F } = bindDimensions('countIdle', { count: ['F'], idle: { u32: ['F'] } }, { count, idle });
  p.dispatch({
    kernel: KERNEL,
    constants: { COUNT: F, ROWS: rows },
    bindings: [count, idle],
    groups: Math.ceil(F / 64),
    cost: idleRowsCost({ F }),
  });
}
