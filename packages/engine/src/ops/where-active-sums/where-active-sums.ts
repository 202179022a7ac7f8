import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadElements } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import { BLOCK_ROWS } from '../column-sum/column-sum.ts';
import type { MaskedSums } from '../masked-column-sum/masked-column-sum.ts';
import type { Offset } from '../sampled-product/sampled-product.ts';

const BLOCKS: Kernel = {
  label: 'where-active-sums/blocks',
  source: new URL('./blocks.wgsl', import.meta.url),
};
const TOTAL: Kernel = {
  label: 'where-active-sums/total',
  source: new URL('./total.wgsl', import.meta.url),
};

interface BlockSizes {
  readonly F: number;
  readonly K: number;
}

export const whereActiveSumsCost = {
  /** An element: the offset, and three sums, one of products. Counting is whole-numbered. */
  blocks: ({ B, F, K }: BlockSizes & { readonly B: number }): Work => ({
    flops: 5 * B * F,
    bytes: bytesOf(3 * B * F, 4 * K * F),
  }),
  total: ({ F, K }: BlockSizes): Work => ({ flops: 4 * K * F, bytes: bytesOf(4 * K * F, 4 * F) }),
};

/**
 * whereActive and maskedColumnSum in one pass over dense matrices: h (B,F) = x + offset where f (B,F) is positive and
 * 0 elsewhere, and over each column, the rows where f is positive, Σ f, Σ h, Σ f·h and how many they are.
 *
 * @param before sums over the rows before these, which go on: they are added to, and returned. The result is that of all
 *   rows at once, to the bit, where the rows before are a multiple of 64.
 */
export function whereActiveSums(
  p: ProgramBuilder,
  x: Value,
  f: Value,
  offset: Offset,
  before: MaskedSums | null = null,
): { readonly h: Value; readonly sums: MaskedSums } {
  const { B, F } = bindDimensions('whereActiveSums', { x: ['B', 'F'], f: ['B', 'F'] }, { x, f });
  const K = Math.ceil(B / BLOCK_ROWS);
  const h = p.temporary(`masked ${x.label}`, x.shape);
  const blocks = p.temporary(`sums of blocks of ${f.label}`, [K, 4, F]);
  const sums: MaskedSums = before ?? {
    sumF: p.temporary(`Σ ${f.label}`, [F]),
    sumH: p.temporary(`Σ ${h.label}`, [F]),
    sumFH: p.temporary(`Σ ${f.label}·${h.label}`, [F]),
    count: p.temporary(`active ${f.label}`, [F]),
  };
  const columns = columnsIn(F);
  const spread = spreadElements(p.gpu, columns);
  for (const block of rowBlocks(p.gpu, [f], BLOCK_ROWS, whereActiveSumsCost.blocks({ B, F, K }))) {
    const own = Math.ceil(block.count / BLOCK_ROWS);
    p.dispatch({
      kernel: forWidth(BLOCKS, F),
      constants: {
        ROWS: block.count,
        COLUMNS: columns,
        BLOCK_ROWS,
        FIRST: block.from / BLOCK_ROWS,
        GROUPS: spread.groups,
        OFFSET_SLOT: offset.scalar,
        OFFSET_SCALE: offset.scale,
        ...spread.constants,
      },
      bindings: [rows(x, block), rows(f, block), p.scalars, rows(h, block), blocks],
      groups: spread.groups * own,
      cost: whereActiveSumsCost.blocks({ B: block.count, F, K: own }),
    });
  }
  p.dispatch({
    kernel: forWidth(TOTAL, F),
    constants: { BLOCKS: K, COLUMNS: columns, GOES_ON: before === null ? 0 : 1, ...spread.constants },
    bindings: [blocks, sums.sumF, sums.sumH, sums.sumFH, sums.count],
    groups: spread.groups,
    cost: whereActiveSumsCost.total({ F, K }),
  });
  return { h, sums };
}
