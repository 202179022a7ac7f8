import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import {
  columnMaskWords,
  entriesOfColumns,
  reckonedEntries,
  wordsHere,
  type ActiveMask,
} from '../active-mask/active-mask.ts';
import type { Offset } from '../sampled-product/sampled-product.ts';

const KERNEL: Kernel = {
  label: 'sparsity-penalty',
  source: new URL('./sparsity-penalty.wgsl', import.meta.url),
};

/** An entry: its product with n, tanh with its slope (seven), h's sum, and two sums with a product. */
export const sparsityPenaltyCost = ({
  B,
  F,
  active,
  tanh,
}: {
  B: number;
  F: number;
  active: number;
  tanh: boolean;
}): Work => ({
  flops: active * (5 + (tanh ? 7 : 0)) + 2 * F,
  bytes: bytesOf(3 * active, columnMaskWords({ B, F }), 3 * F),
});

/** A penalty on active entries f of columns whose decoder rows have the norms n. */
export interface SparsityPenalty {
  /** `linear`: f·n; `tanh`: tanh(sharpness · f·n). */
  readonly kind: 'linear' | 'tanh';
  readonly sharpness?: number;
  /** What the sum of the penalties over a batch has before it in the loss. */
  readonly factor: Offset;
}

/** Penalties over rows, (F) each: see sparsityPenalty. */
export interface PenaltySums {
  readonly value: Value;
  readonly along: Value;
}

/**
 * Adds the gradient of a sparsity penalty to h (B,F), in place and at the marked entries alone, for activations f (B,F)
 * that count times the norm n (F) of their feature's row.
 *
 * @param before sums over the rows before these, which go on: they are added to, and returned
 * @returns value (F): the penalties summed over rows, without the factor; along (F): see RowRule
 */
export function sparsityPenalty(
  p: ProgramBuilder,
  f: Value,
  n: Value,
  mask: ActiveMask,
  h: Value,
  { kind, sharpness = 1, factor }: SparsityPenalty,
  before: PenaltySums | null = null,
): PenaltySums {
  const { B, F } = bindDimensions('sparsityPenalty', { f: ['B', 'F'], n: ['F'], h: ['B', 'F'] }, { f, n, h });
  const { value, along } = before ?? {
    value: p.temporary(`penalty ${f.label}`, [F]),
    along: p.temporary(`penalty along rows`, [F]),
  };
  const tanh = kind === 'tanh';
  const work = sparsityPenaltyCost({ B, F, active: reckonedEntries({ B, F }), tanh });
  for (const block of rowBlocks(p.gpu, [f], 32, work)) {
    const share = block.count / B;
    p.dispatch({
      kernel: KERNEL,
      constants: {
        FEATURES: F,
        SUMMARIES: mask.columnSummaries,
        TANH: tanh ? 1 : 0,
        SHARPNESS: sharpness,
        FACTOR_SLOT: factor.scalar,
        FACTOR_SCALE: factor.scale,
      },
      bindings: [rows(f, block), mask.columns, n, p.scalars, rows(h, block), value, along],
      groups: Math.ceil(F / 64),
      sizes: wordsHere(block, before !== null),
      cost: {
        entries: entriesOfColumns(mask),
        of: (active) => sparsityPenaltyCost({ B: block.count, F, active: active * share, tanh }),
      },
    });
  }
  return { value, along };
}
