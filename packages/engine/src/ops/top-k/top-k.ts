import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';

const KERNEL: Kernel = { label: 'top-k', source: new URL('./top-k.wgsl', import.meta.url), reduces: true };

export const topKCost = ({ B, F }: { B: number; F: number }): Work => ({
  flops: 0,
  bytes: bytesOf(2 * B * F),
});

/** y (B,F): the k largest positive entries of each row of x, zeros elsewhere; ties go to the lowest index. */
export function topK(p: ProgramBuilder, x: Value, k: number): Value {
  const [B, F] = x.shape as [number, number];
  const y = p.temporary(`top ${k} of ${x.label}`, x.shape);
  p.dispatch({
    kernel: KERNEL,
    constants: { ROWS: B, WIDTH: F, K: k, WORKGROUP_SIZE: p.gpu.workgroupSize },
    bindings: [x, y],
    groups: B,
    cost: topKCost({ B, F }),
  });
  return y;
}
