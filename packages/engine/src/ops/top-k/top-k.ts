import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'top-k', source: new URL('./top-k.wgsl', import.meta.url), reduces: true };

export const topKCost = ({ B, F }: { B: number; F: number }): Work => ({
  flops: 0,
  bytes: bytesOf(2 * B * F),
});

/**
 * y (B,F): the k largest positive entries of each row of x, zeros elsewhere; ties go to the lowest index.
 *
 * @param into where y is written; a temporary of its own otherwise
 */
export function topK(p: ProgramBuilder, x: Value, k: number, into: Value | null = null): Value {
  const y = into ?? p.temporary(`top ${k} of ${x.label}`, x.shape);
  const { F } = bindDimensions('topK', { x: ['B', 'F'], y: ['B', 'F'] }, { x, y });
  for (const block of rowBlocks(p.gpu, [x])) {
    p.dispatch({
      kernel: KERNEL,
      constants: { ROWS: block.count, WIDTH: F, K: k, WORKGROUP_SIZE: p.gpu.workgroupSize },
      bindings: [rows(x, block), rows(y, block)],
      groups: block.count,
      cost: topKCost({ B: block.count, F }),
    });
  }
  return y;
}
