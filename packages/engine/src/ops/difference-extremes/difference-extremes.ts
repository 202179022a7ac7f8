import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = {
  label: 'difference-extremes',
  source: new URL('./difference-extremes.wgsl', import.meta.url),
  reduces: true,
};

/** Changes given at either end. */
export const EXTREMES = 5;
/** What stands for a token where the vocabulary has fewer than that. */
export const NO_TOKEN = 0xffffffff;

/** Rows of a stream, directions that may be taken from them, and what both are after an unembedding. */
export interface ExtremesInputs {
  /** r (N,D) */
  readonly rows: Value;
  /** u (F,D), each of mean 0, as LayerNorm would make it anyway. */
  readonly directions: Value;
  /** s (N,V) = r · Wᵀ for some unembedding W (V,D) with LayerNorm's gain and centring folded in. */
  readonly rowLogits: Value;
  /** w (F,V) = u · Wᵀ */
  readonly directionLogits: Value;
  /** (P,4) u32: row n, target below V, direction j, bits of a float32 a. */
  readonly items: Value;
  /** A scalar of the program: items to compute, at most P; the others stay as they were. */
  readonly count: Scalar;
}

/** Of `items` items: the mean of the row and its centring, the two variances and scales, and a change a logit. */
export const differenceExtremesCost = ({
  N,
  F,
  D,
  V,
  items,
}: {
  N: number;
  F: number;
  D: number;
  V: number;
  items: number;
}): Work => ({
  flops: items * (9 * D + 16 + 3 * V),
  bytes: bytesOf((Math.min(items, N) + Math.min(items, F)) * (D + V), 25 * items),
});

/**
 * By how much logits change when a multiple of a direction is taken from a row before LayerNorm and unembedding:
 * of a target, and the five that rise and the five that fall most. See differenceCrossEntropy for why this needs no
 * product.
 *
 * @returns changes (P,11): of the target, of the five that rise most, of the five that fall most; and tokens (P,10)
 * u32: which those are. Of equal changes the lower token comes first; with fewer tokens than five the rest are 0 and
 * NO_TOKEN
 * @throws {ShapeError} if the shapes do not agree
 */
export function differenceExtremes(
  p: ProgramBuilder,
  inputs: ExtremesInputs,
  epsilon: number,
): { readonly changes: Value; readonly tokens: Value } {
  const { rows, directions, rowLogits, directionLogits, items, count } = inputs;
  const { N, F, D, V, P } = bindDimensions(
    'differenceExtremes',
    {
      rows: ['N', 'D'],
      directions: ['F', 'D'],
      rowLogits: ['N', 'V'],
      directionLogits: ['F', 'V'],
      items: { u32: ['P', 'four'] },
    },
    { rows, directions, rowLogits, directionLogits, items },
  );
  const changes = p.temporary('changes of logits', [P, 1 + 2 * EXTREMES]);
  const tokens = p.temporary('tokens of changes', [P, 2 * EXTREMES], 'u32');
  p.dispatch({
    kernel: forWidth(KERNEL, V),
    constants: {
      COUNT_SLOT: count,
      WIDTH: D,
      COLUMNS: columnsIn(V),
      EPSILON: epsilon,
      WORKGROUP_SIZE: p.gpu.workgroupSize,
    },
    bindings: [rows, directions, rowLogits, directionLogits, items, p.scalars, changes, tokens],
    groups: P,
    cost: { entries: count, of: (entries) => differenceExtremesCost({ N, F, D, V, items: entries }) },
  });
  return { changes, tokens };
}
