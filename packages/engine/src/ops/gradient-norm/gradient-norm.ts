import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import { flat, rowBlocks, rows } from '../../program/rows.ts';
import type { Scalar, Value } from '../../program/value.ts';

const SQUARE_SUM: Kernel = {
  label: 'gradient-norm/square-sum',
  source: new URL('./square-sum.wgsl', import.meta.url),
  reduces: true,
};
const CLIP: Kernel = { label: 'gradient-norm/clip', source: new URL('./clip.wgsl', import.meta.url) };

export const gradientNormCost = {
  /** @param first whether there is no sum to add it to */
  squareSum: ({ N, squared, first }: { N: number; squared: boolean; first: boolean }): Work => ({
    flops: (squared ? 2 : 1) * N + (first ? 0 : 1),
    bytes: bytesOf(N, first ? 1 : 2),
  }),
  clip: { flops: 3, bytes: bytesOf(1) } satisfies Work,
};

/** The gradient of a whole parameter, or the squared norms of its rows' gradients, as rowAdam finds them. */
export interface GradientPart {
  readonly value: Value;
  readonly squared: boolean;
}

/** (1) the squared norm of a gradient that is spread over several values. */
export function squaredGradientNorm(p: ProgramBuilder, parts: readonly GradientPart[]): Value {
  let total: Value | null = null;
  for (const { value, squared } of parts) {
    for (const block of rowBlocks(p.gpu, [flat(value)])) {
      const next = p.temporary('|gradient|²', [1]);
      p.dispatch({
        kernel: SQUARE_SUM,
        constants: {
          COUNT: block.count,
          SQUARED: squared ? 0 : 1,
          FIRST: total === null ? 1 : 0,
          WORKGROUP_SIZE: p.gpu.workgroupSize,
        },
        bindings: [rows(flat(value), block), total ?? p.unread, next],
        groups: 1,
        cost: gradientNormCost.squareSum({ N: block.count, squared: !squared, first: total === null }),
      });
      total = next;
    }
  }
  return total!;
}

/**
 * Records a scalar of the program that scales a gradient down to a norm of `largest`, where it is above it. Whoever runs
 * the program gives the scalar any number: it is overwritten before it is read.
 *
 * @param squaredNorm (1), of the whole gradient
 */
export function clipGradients(p: ProgramBuilder, squaredNorm: Value, largest: number, factor: Scalar): void {
  p.dispatch({
    kernel: CLIP,
    constants: { LARGEST: largest, FACTOR_SLOT: factor },
    bindings: [squaredNorm, p.scalars],
    groups: 1,
    cost: gradientNormCost.clip,
  });
}
