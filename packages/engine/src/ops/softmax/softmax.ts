import { ShapeError } from '../../errors.ts';
import type { Gpu } from '../../device/gpu.ts';
import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { forRows, forWidth, type Kernel } from '../../program/kernel.ts';
import type { Op } from '../../program/op.ts';
import { asRows, rowBlocks, rows } from '../../program/rows.ts';
import { spreadElements, spreadRows, type Spread } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { describeShape, sizeOf } from '../../tensor/shape.ts';

const FORWARD: Kernel = {
  label: 'softmax/forward',
  source: new URL('./forward.wgsl', import.meta.url),
  reduces: true,
  putsColumns: true,
};
const BACKWARD: Kernel = {
  label: 'softmax/backward',
  source: new URL('./backward.wgsl', import.meta.url),
  reduces: true,
  putsColumns: true,
};
const SHORT_FORWARD: Kernel = {
  label: 'softmax/short-forward',
  source: new URL('./short-forward.wgsl', import.meta.url),
};
const SHORT_BACKWARD: Kernel = {
  label: 'softmax/short-backward',
  source: new URL('./short-backward.wgsl', import.meta.url),
};
/** Elements of rows that a lane of a CPU adapter takes alone: lanes that share one would mostly wait for their sums. */
const SHORT = 16;

/** The form of a kernel that suits rows of a width, and how they are spread. */
function formFor(
  gpu: Gpu,
  rows: number,
  width: number,
  long: Kernel,
  short: Kernel,
): Spread & { kernel: Kernel } {
  return gpu.isCpu && width <= SHORT
    ? { kernel: forWidth(short, width), ...spreadElements(gpu, rows) }
    : { kernel: forRows(gpu, long, width), ...spreadRows(gpu, rows, width) };
}

interface SoftmaxSizes {
  readonly N: number;
  readonly D: number;
  /** Elements that a row does not see, on the average. */
  readonly hidden: number;
}
const visibleElements = ({ N, D, hidden }: SoftmaxSizes): number => N * (D - hidden);

export const softmaxCost = {
  /** subtract, exponentiate, sum, divide; the zeros of what is hidden are written too */
  forward: (sizes: SoftmaxSizes): Work => ({
    flops: 4 * visibleElements(sizes),
    bytes: bytesOf(visibleElements(sizes), sizes.N * sizes.D),
  }),
  /** multiply and sum, subtract, multiply, scale */
  backward: (sizes: SoftmaxSizes): Work => ({
    flops: 5 * visibleElements(sizes),
    bytes: bytesOf(2 * visibleElements(sizes), sizes.N * sizes.D),
  }),
};

/** Which elements a row sees. */
export interface SoftmaxOptions {
  /**
   * True where x holds matrices (..., Q, D), Q <= D, of which the last row sees all and each row before it one element
   * less; what is hidden becomes 0.
   */
  readonly causal: boolean;
}

/** y_j = exp(x_j) / Σ exp(x_i), row by row, for x (..., D). */
export const softmax: Op<{ x: Value }, Record<never, Value>, SoftmaxOptions> = {
  name: 'softmax',
  forward(p, { x }, { causal }) {
    const D = x.shape.at(-1)!;
    const Q = causal ? (x.shape.at(-2) ?? Infinity) : 1;
    if (Q > D) {
      throw new ShapeError(
        `softmax: expected x (...,Q,D) with Q at most D for a causal softmax, got ${x.label} ${describeShape(x.shape)}`,
      );
    }
    const output = p.temporary(`softmax ${x.label}`, x.shape);
    const work = softmaxCost.forward({ N: sizeOf(x.shape) / D, D, hidden: (Q - 1) / 2 });
    for (const block of rowBlocks(p.gpu, [asRows(x)], 1, work)) {
      const N = block.count;
      const { kernel, constants, groups } = formFor(p.gpu, N, D, FORWARD, SHORT_FORWARD);
      p.dispatch({
        kernel,
        constants: { CAUSAL: causal ? 1 : 0, WORKGROUP_SIZE: constants.WORKGROUP_SIZE },
        bindings: [x, output].map((value) => rows(asRows(value), block)),
        groups,
        sizes: Uint32Array.of(N, D, constants.RUN, Q, block.from % Q),
        cost: softmaxCost.forward({ N, D, hidden: (Q - 1) / 2 }),
      });
    }
    return { output, saved: {} };
  },
  backward(p, gradient, { inputs: { x }, output, options: { causal } }) {
    return { x: () => softmaxBackward(p, output, gradient, `d${x.label}`, causal, 1) };
  },
};

/**
 * dx = scale · ∂/∂x, from y = softmax(x) and the gradient dy, all of one shape.
 *
 * @param causal as in the forward: what is hidden is not counted as work
 * @param scale what x was multiplied by before it came to the softmax
 */
export function softmaxBackward(
  p: ProgramBuilder,
  y: Value,
  dy: Value,
  label: string,
  causal: boolean,
  scale: number,
): Value {
  const D = y.shape.at(-1)!;
  const hidden = causal ? (y.shape.at(-2)! - 1) / 2 : 0;
  const dx = p.temporary(label, y.shape);
  const work = softmaxCost.backward({ N: sizeOf(y.shape) / D, D, hidden });
  for (const block of rowBlocks(p.gpu, [asRows(y)], 1, work)) {
    const N = block.count;
    const { kernel, constants, groups } = formFor(p.gpu, N, D, BACKWARD, SHORT_BACKWARD);
    p.dispatch({
      kernel,
      constants: { SCALE: scale, WORKGROUP_SIZE: constants.WORKGROUP_SIZE },
      bindings: [y, dy, dx].map((value) => rows(asRows(value), block)),
      groups,
      sizes: Uint32Array.of(N, D, constants.RUN),
      cost: softmaxCost.backward({ N, D, hidden }),
    });
  }
  return dx;
}
