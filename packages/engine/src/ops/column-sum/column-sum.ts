import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows as rowsOf } from '../../program/rows.ts';
import { spreadElements } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = { label: 'column-sum', source: new URL('./column-sum.wgsl', import.meta.url) };
/** Rows that are summed one after another; errors grow with them, and not with N. */
export const BLOCK_ROWS = 64;

/** One pass from N rows to the sums of K blocks of them. */
export const columnSumCost = ({
  N,
  D,
  K,
  scaled,
}: {
  N: number;
  D: number;
  K: number;
  scaled: boolean;
}): Work => ({
  flops: (scaled ? 2 : 1) * N * D,
  bytes: bytesOf(N * D, K * D, scaled ? N : 0),
});

/** y (D) = Σ_n scale_n · x_n for x (N,D); scale (N) defaults to ones. */
export function columnSum(p: ProgramBuilder, x: Value, scale?: Value): Value {
  if (scale !== undefined) bindDimensions('columnSum', { x: ['N', 'D'], scale: ['N'] }, { x, scale });
  let rows = x.shape[0]!;
  const columns = x.shape[1]!;
  const wide = columnsIn(columns);
  const spread = spreadElements(p.gpu, wide);
  let source = x;
  let weights = scale;
  for (;;) {
    const blocks = Math.ceil(rows / BLOCK_ROWS);
    const sum = p.temporary(`Σ ${x.label}`, blocks === 1 ? [columns] : [blocks, columns]);
    const work = columnSumCost({ N: rows, D: columns, K: blocks, scaled: weights !== undefined });
    const cut = weights === undefined ? [source] : [source, weights];
    for (const block of rowBlocks(p.gpu, cut, BLOCK_ROWS, work)) {
      const own = Math.ceil(block.count / BLOCK_ROWS);
      p.dispatch({
        kernel: forWidth(KERNEL, columns),
        constants: {
          ROWS: block.count,
          COLUMNS: wide,
          BLOCK_ROWS,
          FIRST: block.from / BLOCK_ROWS,
          SCALED: weights === undefined ? 0 : 1,
          ...spread.constants,
        },
        bindings: [rowsOf(source, block), weights === undefined ? p.unread : rowsOf(weights, block), sum],
        groups: spread.groups * own,
        cost: columnSumCost({ N: block.count, D: columns, K: own, scaled: weights !== undefined }),
      });
    }
    if (blocks === 1) return sum;
    source = sum;
    weights = undefined;
    rows = blocks;
  }
}
