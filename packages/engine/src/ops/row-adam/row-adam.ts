import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Cost, type Work } from '../../program/cost.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import { columnMaskWords, entriesOfColumns, type ActiveMask } from '../active-mask/active-mask.ts';
import { adamConstants, type AdamOptions, type Moments } from '../adam/adam.ts';

const KERNEL: Kernel = {
  label: 'row-adam',
  source: new URL('./row-adam.wgsl', import.meta.url),
  reduces: true,
};

/** Where the gradient of the rows comes from. */
export type RowGradient =
  /** fᵀ · y, gathered sample by sample: f (B,F), y (B,D). */
  | { readonly kind: 'sparse'; readonly f: Value; readonly mask: ActiveMask; readonly y: Value }
  /** A gradient (F,D) that already exists. */
  | { readonly kind: 'dense'; readonly gradient: Value };

interface RowAdamSizes {
  readonly F: number;
  readonly D: number;
  readonly unitRows: boolean;
}

export const rowAdamCost = {
  dense: (sizes: RowAdamSizes): Work => {
    const step = stepCost(sizes);
    return { flops: step.flops, bytes: step.bytes + bytesOf(sizes.F * sizes.D) };
  },
  /** Gathers `active` rows of y (B,D), each of which is touched once. */
  sparse: ({ B, F, D, unitRows, active }: RowAdamSizes & { B: number; active: number }): Work => {
    const step = stepCost({ F, D, unitRows });
    return {
      flops: step.flops + 2 * active * D,
      bytes: step.bytes + bytesOf(active, Math.min(active, B) * D, columnMaskWords({ B, F })),
    };
  },
};

/**
 * Adam, given the gradient. Unit rows: before the step |w|², its quotient and the projection; after it |w|², its
 * root, its reciprocal and the scaling.
 */
function stepCost({ F, D, unitRows }: RowAdamSizes): Work {
  return {
    flops: 14 * F * D + (unitRows ? F * (7 * D + 3) : 0),
    bytes: bytesOf(6 * F * D, unitRows ? F : 0),
  };
}

/**
 * Records one Adam step of w (F,D), row by row, without storing a gathered gradient.
 *
 * @param unitRows keeps rows at norm 1: removes the gradient's component along each row before the step and
 *   renormalises after it; `parallel` (F) is the product of each row with its gradient
 */
export function rowAdam(
  p: ProgramBuilder,
  w: Value,
  gradient: RowGradient,
  moments: Moments,
  options: AdamOptions,
  unitRows: { readonly parallel: Value } | null,
): void {
  const [F, D] = w.shape as [number, number];
  const sparse = gradient.kind === 'sparse';
  if (sparse)
    bindDimensions(
      'rowAdam',
      { f: ['B', 'F'], y: ['B', 'D'], w: ['F', 'D'] },
      { f: gradient.f, y: gradient.y, w },
    );
  else bindDimensions('rowAdam', { gradient: ['F', 'D'], w: ['F', 'D'] }, { gradient: gradient.gradient, w });
  const source = sparse ? gradient.y : gradient.gradient;
  const constants = {
    WORKGROUP_SIZE: p.gpu.workgroupSize,
    FEATURES: F,
    WIDTH: D % 4 === 0 ? D / 4 : D,
    SUMMARIES: sparse ? gradient.mask.columnSummaries : 0,
    FROM_GRADIENT: sparse ? 0 : 1,
    UNIT_ROWS: unitRows === null ? 0 : 1,
    ...adamConstants(p, options),
  };
  const bindings = [
    sparse ? gradient.f : p.unread,
    sparse ? gradient.mask.columns : p.unread,
    source,
    unitRows?.parallel ?? p.unread,
    p.scalars,
    w,
    p.persistent(moments.first),
    p.persistent(moments.second),
  ];
  const size = { F, D, unitRows: unitRows !== null };
  const cost: Cost = sparse
    ? {
        entries: entriesOfColumns(gradient.mask),
        of: (active) => rowAdamCost.sparse({ ...size, B: gradient.f.shape[0]!, active }),
      }
    : rowAdamCost.dense(size);
  p.dispatch({ kernel: forWidth(KERNEL, D), constants, bindings, groups: F, cost });
}
