import type { ProgramBuilder } from '../../program/builder.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'accumulate', source: new URL('./accumulate.wgsl', import.meta.url) };

/** total (F) u32 += x (F), whole numbers held as f32. */
export function accumulate(p: ProgramBuilder, x: Value, total: Value): void {
  const { F } = bindDimensions('accumulate', { x: ['F'], total: ['F'] }, { x, total });
  p.dispatch(KERNEL, { COUNT: F }, [x, total], Math.ceil(F / 64));
}
