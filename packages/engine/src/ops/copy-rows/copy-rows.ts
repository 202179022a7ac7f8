import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadElements } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'copy-rows', source: new URL('./copy-rows.wgsl', import.meta.url) };

export const copyRowsCost = ({ D, rows }: { D: number; rows: number }): Work => ({
  flops: rows * D,
  bytes: bytesOf(2 * rows * D, 2 * rows),
});

/**
 * destination[to] = scale · source[from], row by row: source (N,D), destination (M,D), places (R,2) u32 with (from,
 * to). The scalars `rows` (how many places count, at most R) and `scale` are given at every run.
 */
export function copyRows(p: ProgramBuilder, source: Value, places: Value, destination: Value): void {
  const { R, D } = bindDimensions(
    'copyRows',
    { source: ['N', 'D'], places: { u32: ['R', 'pair'] }, destination: ['M', 'D'] },
    { source, places, destination },
  );
  const count = p.scalar('rows');
  const sources = rowBlocks(p.gpu, [source]);
  const destinations = rowBlocks(p.gpu, [destination]);
  const pairs = sources.length * destinations.length;
  const spread = spreadElements(p.gpu, R * columnsIn(D));
  // Each pair of blocks copies the rows that lie in both.
  for (const from of sources) {
    for (const to of destinations) {
      p.dispatch({
        kernel: forWidth(KERNEL, D),
        constants: {
          ROWS: R,
          WIDTH: columnsIn(D),
          COUNT_SLOT: count,
          SCALE_SLOT: p.scalar('scale'),
          FROM: from.from,
          FROM_ROWS: from.count,
          TO: to.from,
          TO_ROWS: to.count,
          ...spread.constants,
        },
        bindings: [rows(source, from), places, p.scalars, rows(destination, to)],
        groups: spread.groups,
        cost: { entries: count, of: (entries) => copyRowsCost({ D, rows: Math.min(entries, R) / pairs }) },
      });
    }
  }
}
