import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadRows } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = {
  label: 'row-norm',
  source: new URL('./row-norm.wgsl', import.meta.url),
  reduces: true,
};

export const rowNormCost = ({ F, D }: { F: number; D: number }): Work => ({
  flops: F * (2 * D + 1),
  bytes: bytesOf(F * D, F),
});

/** The Euclidean norm (F) of each row of w (F,D). */
export function rowNorm(p: ProgramBuilder, w: Value): Value {
  const { F, D } = bindDimensions('rowNorm', { w: ['F', 'D'] }, { w });
  const norm = p.temporary(`|${w.label}|`, [F]);
  for (const block of rowBlocks(p.gpu, [w, norm], 1, rowNormCost({ F, D }))) {
    const spread = spreadRows(p.gpu, block.count, D);
    p.dispatch({
      kernel: forWidth(KERNEL, D),
      constants: { ROWS: block.count, WIDTH: columnsIn(D), ...spread.constants },
      bindings: [rows(w, block), rows(norm, block)],
      groups: spread.groups,
      cost: rowNormCost({ F: block.count, D }),
    });
  }
  return norm;
}
