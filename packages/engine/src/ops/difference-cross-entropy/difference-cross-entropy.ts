import { ShapeError } from '../../errors.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import { forWidth, type Kernel } from '../../program/kernel.ts';
import type { Value } from '../../program/value.ts';
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
  /** (G,2) u32: a row n and a target below V. */
  readonly heads: Value;
  /** (4·G,2) u32: a direction j and the bits of a float32 a; four of them for each head. */
  readonly pairs: Value;
}

/**
 * Cross-entropy in nats of LayerNorm(r[n] - a·u[j]), unembedded, against a target: (G,4), a row for each head.
 *
 * LayerNorm is linear but for its scale ρ = 1/sqrt(var + ε), so the logits are ρ·(s[n] - a·w[j]) + b: a sum of two
 * rows that are known, in O(V) a pair instead of the O(D·V) of a product.
 *
 * @throws {ShapeError} if the shapes do not agree
 */
export function differenceCrossEntropy(p: ProgramBuilder, inputs: DifferenceInputs, epsilon: number): Value {
  const { rows, directions, rowLogits, directionLogits, bias, heads, pairs } = inputs;
  const { D, V, G, P } = bindDimensions(
    'differenceCrossEntropy',
    {
      rows: ['N', 'D'],
      directions: ['F', 'D'],
      rowLogits: ['N', 'V'],
      directionLogits: ['F', 'V'],
      bias: ['V'],
      heads: ['G', 'two'],
      pairs: ['P', 'two'],
    },
    { rows, directions, rowLogits, directionLogits, bias, heads, pairs },
  );
  if (P !== 4 * G) {
    throw new ShapeError(
      `differenceCrossEntropy: expected four pairs a head, got heads ${describeShape(heads.shape)} and pairs ${describeShape(pairs.shape)}`,
    );
  }
  const loss = p.temporary('loss of differences', [G, 4]);
  const constants = {
    HEADS: G,
    WIDTH: D,
    COLUMNS: V % 4 === 0 ? V / 4 : V,
    EPSILON: epsilon,
    WORKGROUP_SIZE: p.gpu.workgroupSize,
  };
  const bindings = [rows, directions, rowLogits, directionLogits, bias, heads, pairs, loss];
  p.dispatch(forWidth(KERNEL, V), constants, bindings, G);
  return loss;
}
