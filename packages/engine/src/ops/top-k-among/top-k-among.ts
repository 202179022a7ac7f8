import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = {
  label: 'top-k-among',
  source: new URL('./top-k-among.wgsl', import.meta.url),
  reduces: true,
};

export const topKAmongCost = ({ B, F }: { B: number; F: number }): Work => ({
  flops: 0,
  bytes: bytesOf(2 * B * F, F),
});

/**
 * y (B,F): in each row the k largest entries of x, of whatever sign, among the columns that have been idle for at least
 * so many rows (see countIdle); zeros elsewhere. Ties go to the lowest index. An entry of exactly 0 cannot be told from
 * one that is left out.
 *
 * @param idle (F) u32
 * @param into where y is written; a temporary of its own otherwise
 */
export function topKAmong(
  p: ProgramBuilder,
  x: Value,
  idle: Value,
  atLeast: number,
  k: number,
  into: Value | null = null,
): Value {
  const y = into ?? p.temporary(`top ${k} of ${x.label} among idle`, x.shape);
  const { F } = bindDimensions(
    'topKAmong',
    { x: ['B', 'F'], idle: { u32: ['F'] }, y: ['B', 'F'] },
    { x, idle, y },
  );
  for (const block of rowBlocks(p.gpu, [x])) {
    p.dispatch({
      kernel: KERNEL,
      constants: {
        ROWS: block.count,
        WIDTH: F,
        K: k,
        IDLE: atLeast,
        WORKGROUP_SIZE: p.gpu.workgroupSize,
      },
      bindings: [rows(x, block), idle, rows(y, block)],
      groups: block.count,
      cost: topKAmongCost({ B: block.count, F }),
    });
  }
  return y;
}
