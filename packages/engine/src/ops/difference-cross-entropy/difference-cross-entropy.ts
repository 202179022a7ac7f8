import { ShapeError } from '../../errors.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import type { Scalar, Value } from '../../program/value.ts';
import { bindDimensions, describeShape } from '../../tensor/shape.ts';

const KERNEL: Kernel = {
  label: 'difference-cross-entropy',
  source: new URL('./difference-cross-entropy.wgsl', import.meta.url),
  reduces: true,
};

/** Rows of a stream, directions that may be taken from them, and what both are after an unembedding. */
export interface DifferenceInputs {
  /** r (N,D) */
  readonly rows: Value;
  /** u (F,D), each of mean 0, as LayerNorm would make it anyway. */
  readonly directions: Value;
  /** s (N,V) = r · Wᵀ for some unembedding W (V,D) with LayerNorm's gain and centring folded in. */
  readonly rowLogits: Value;
  /** w (F,V) = u · Wᵀ */
  readonly directionLogits: Value;
  /** b (V) */
  readonly bias: Value;
  /** (5·G,2) u32: a head (row n, target below V), then four pairs (direction j, bits of a float32 a); and so on. */
  readonly items: Value;
  /** A scalar of the program: heads to compute, at most G; the losses of the others stay as they were. */
  readonly count: Scalar;
}

/**
 * Of `heads` heads with four pairs each. A head: the mean of its row, and its centring. A pair: the squares of the
 * difference, ρ, and for each logit ρ·s - ρ·a·w + b, then subtract, exponentiate, sum.
 */
export const differenceCrossEntropyCost = ({
  N,
  F,
  D,
  V,
  heads,
}: {
  N: number;
  F: number;
  D: number;
  V: number;
  heads: number;
}): Work => ({
  flops: heads * (2 * D + 1 + 4 * (4 * D + 5 + 7 * V + 3)),
  // A row that several heads share is touched once, so no more of them than there are.
  bytes: bytesOf((Math.min(heads, N) + Math.min(4 * heads, F)) * (D + V), V, 14 * heads),
});

/**
 * Cross-entropy in nats of LayerNorm(r[n] - a·u[j]), unembedded, against a target: (G,4), a row for each head.
 *
 * LayerNorm is linear but for its scale ρ = 1/sqrt(var + ε), so the logits are ρ·(s[n] - a·w[j]) + b: a sum of two
 * rows that are known, in O(V) a pair instead of the O(D·V) of a product.
 *
 * @throws {ShapeError} if the shapes do not agree
 */
export function differenceCrossEntropy(p: ProgramBuilder, inputs: DifferenceInputs, epsilon: number): Value {
  const { rows, directions, rowLogits, directionLogits, bias, items, count } = inputs;
  const { N, F, D, V, I } = bindDimensions(
    'differenceCrossEntropy',
    {
      rows: ['N', 'D'],
      directions: ['F', 'D'],
      rowLogits: ['N', 'V'],
      directionLogits: ['F', 'V'],
      bias: ['V'],
      items: { u32: ['I', 'two'] },
    },
    { rows, directions, rowLogits, directionLogits, bias, items },
  );
  if (I % 5 !== 0) {
    throw new ShapeError(
      `differenceCrossEntropy: expected items of five rows, a head and its four pairs, got ${describeShape(items.shape)}`,
    );
  }
  const heads = I / 5;
  const loss = p.temporary('loss of differences', [heads, 4]);
  const constants = {
    COUNT_SLOT: count,
    WIDTH: D,
    COLUMNS: columnsIn(V),
    EPSILON: epsilon,
    WORKGROUP_SIZE: p.gpu.workgroupSize,
  };
  const bindings = [rows, directions, rowLogits, directionLogits, bias, items, p.scalars, loss];
  p.dispatch({
    kernel: forWidth(KERNEL, V),
    constants,
    bindings,
    groups: heads,
    cost: { entries: count, of: (entries) => differenceCrossEntropyCost({ N, F, D, V, heads: entries }) },
  });
  return loss;
}
