import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import {
  checkMaskRows,
  COLUMNS_A_SUMMARY,
  entriesOfRows,
  reckonedEntries,
  rowMaskWords,
  summaryRange,
  type ActiveMask,
} from '../active-mask/active-mask.ts';
import { partsWords, type Parts } from '../row-adam/parts.ts';

const KERNEL: Kernel = {
  label: 'sampled-product',
  source: new URL('./sampled-product.wgsl', import.meta.url),
  reduces: true,
};

/** An entry: a product of two rows, its offset, and f's part in the sum. */
export const sampledProductCost = ({
  B,
  F,
  D,
  active,
}: {
  B: number;
  F: number;
  D: number;
  active: number;
}): Work => ({
  flops: active * (2 * D + 2),
  // Each row of d and w is touched once, so no more of them than there are.
  bytes: bytesOf(2 * active, (Math.min(active, B) + Math.min(active, F)) * D, rowMaskWords({ B, F }), B),
});

/** A scalar of the program and the factor it is multiplied by. */
export interface Offset {
  readonly scalar: Scalar;
  readonly scale: number;
}

/** What is added to the products, and where results go. */
export interface SampledProductOptions {
  /** Added to every product. */
  readonly offset?: Offset;
  /** Where h is written, (B,F); a temporary of its own otherwise. */
  readonly into?: Value;
  /** Where rowSum is written, (B); a temporary of its own otherwise. */
  readonly rowSum?: Value;
  /** Groups of columns that meet different rows of d: see Parts, of which there is no second here. */
  readonly parts?: Pick<Parts, 'first' | 'groups'>;
}

/**
 * h (B,F) = d (B,D) · wᵀ + offset, computed only where f's mask is set; elsewhere h holds whatever was there.
 *
 * @returns h, and rowSum (B), the sum of f's active entries in each row
 */
export function sampledProduct(
  p: ProgramBuilder,
  d: Value,
  w: Value,
  f: Value,
  mask: ActiveMask,
  options: SampledProductOptions = {},
): { h: Value; rowSum: Value } {
  const { offset, parts } = options;
  const { B, F, D } = bindDimensions(
    'sampledProduct',
    { d: [parts === undefined ? 'B' : 'N', 'D'], w: ['F', 'D'], f: ['B', 'F'], h: ['B', 'F'] },
    { d, w, f, h: options.into ?? f },
  );
  checkMaskRows('sampledProduct', mask.rows, { B, F });
  const h = options.into ?? p.temporary(`sampled ${d.label}`, [B, F]);
  const rowSum = options.rowSum ?? p.temporary(`row sums ${f.label}`, [B]);
  const features = rowBlocks(p.gpu, [w], COLUMNS_A_SUMMARY);
  const work = sampledProductCost({ B, F, D, active: reckonedEntries({ B, F }) });
  for (const block of rowBlocks(p.gpu, [f], 1, work)) {
    const share = block.count / B / features.length;
    for (const columns of features) {
      p.dispatch({
        kernel: forWidth(KERNEL, D),
        constants: {
          WORKGROUP_SIZE: p.gpu.workgroupSize,
          FEATURES: F,
          WIDTH: columnsIn(D),
          WORDS: mask.rows.shape[1]!,
          SUMMARIES: mask.summary.shape[1]!,
          OFFSET_SLOT: offset?.scalar ?? 0,
          OFFSET_SCALE: offset?.scale ?? 0,
          GROUPS: parts?.groups.length ?? 1,
        },
        bindings: [
          d,
          rows(w, columns),
          rows(f, block),
          mask.rows,
          mask.summary,
          p.scalars,
          rows(h, block),
          rowSum,
        ],
        groups: block.count,
        sizes: partsWords({ first: B, groups: [F], ...parts, second: 0 }, F, {
          firstRow: block.from,
          rows: block.count,
          ...summaryRange(columns),
        }),
        cost: {
          entries: entriesOfRows(mask),
          of: (active) => sampledProductCost({ B: block.count, F: columns.count, D, active: active * share }),
        },
      });
    }
  }
  return { h, rowSum };
}
