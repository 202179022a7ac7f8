import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'where-marked', source: new URL('./where-marked.wgsl', import.meta.url) };

export const whereMarkedCost = ({ B, F }: { B: number; F: number }): Work => ({
  flops: 0,
  bytes: bytesOf(2 * B * F, B * Math.ceil(F / 32)),
});

/**
 * y (B,F): x where it is marked, 0 elsewhere.
 *
 * @param rowMask (B,⌈F/32⌉) u32, the `rows` of an active mask
 */
export function whereMarked(p: ProgramBuilder, x: Value, rowMask: Value): Value {
  const y = p.temporary(`marked ${x.label}`, x.shape);
  const { B, F } = bindDimensions(
    'whereMarked',
    { x: ['B', 'F'], rowMask: { u32: ['B', '⌈F/32⌉'] } },
    { x, rowMask },
  );
  const words = rowMask.shape[1]!;
  for (const block of rowBlocks(p.gpu, [x], 1, whereMarkedCost({ B, F }))) {
    p.dispatch({
      kernel: forWidth(KERNEL, F),
      constants: { WORKGROUP_SIZE: p.gpu.workgroupSize },
      bindings: [rows(x, block), rowMask, rows(y, block)],
      groups: block.count,
      sizes: Uint32Array.of(block.count, block.from, columnsIn(F), words),
      cost: whereMarkedCost({ B: block.count, F }),
    });
  }
  return y;
}
