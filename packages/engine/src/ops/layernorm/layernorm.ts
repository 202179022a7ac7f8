import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Op } from '../../program/op.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';
import { columnSum } from '../column-sum/column-sum.ts';

const FORWARD: Kernel = {
  label: 'layernorm/forward',
  source: new URL('./forward.wgsl', import.meta.url),
  reduces: true,
};
const BACKWARD_INPUT: Kernel = {
  label: 'layernorm/backward-input',
  source: new URL('./backward-input.wgsl', import.meta.url),
  reduces: true,
};
const BACKWARD_GAIN: Kernel = {
  label: 'layernorm/backward-gain',
  source: new URL('./backward-gain.wgsl', import.meta.url),
};

interface RowSizes {
  readonly N: number;
  readonly D: number;
}

export const layernormCost = {
  /** An element: sum, subtract, square, sum, · rstd, · gain, + bias. A row: two means, + ε, root, reciprocal. */
  forward: ({ N, D }: RowSizes): Work => ({
    flops: N * (7 * D + 5),
    bytes: bytesOf(2 * N * D, 2 * D, 2 * N),
  }),
  /** An element: g, its sum, n (two), g·n, its sum, - mean, · mean, subtract, · rstd. A row: two means. */
  backwardInput: ({ N, D }: RowSizes): Work => ({
    flops: N * (10 * D + 2),
    bytes: bytesOf(3 * N * D, D, 2 * N),
  }),
  backwardGain: ({ N, D }: RowSizes): Work => ({ flops: 3 * N * D, bytes: bytesOf(3 * N * D, 2 * N) }),
};

/** y (N,D) = (x - mean(x)) / sqrt(var(x) + ε) · gain + bias, row by row, with the biased variance. */
export const layernorm: Op<
  { x: Value; gain: Value; bias: Value },
  { statistics: Value },
  { readonly epsilon: number }
> = {
  name: 'layernorm',
  forward(p, { x, gain, bias }, { epsilon }) {
    const { N, D } = bindDimensions(
      'layernorm',
      { x: ['N', 'D'], gain: ['D'], bias: ['D'] },
      { x, gain, bias },
    );
    const output = p.temporary(`layernorm ${x.label}`, x.shape);
    const statistics = p.temporary(`statistics ${x.label}`, [N, 2]);
    const constants = { ROWS: N, WIDTH: D, EPSILON: epsilon, WORKGROUP_SIZE: p.gpu.workgroupSize };
    p.dispatch({
      kernel: FORWARD,
      constants,
      bindings: [x, gain, bias, output, statistics],
      groups: N,
      cost: layernormCost.forward({ N, D }),
    });
    return { output, saved: { statistics } };
  },
  backward(p, gradient, { inputs: { x, gain }, saved: { statistics } }) {
    const [rows, width] = x.shape as [number, number];
    return {
      x: () => {
        const dx = p.temporary(`d${x.label}`, x.shape);
        p.dispatch({
          kernel: BACKWARD_INPUT,
          constants: { ROWS: rows, WIDTH: width, WORKGROUP_SIZE: p.gpu.workgroupSize },
          bindings: [gradient, x, gain, statistics, dx],
          groups: rows,
          cost: layernormCost.backwardInput({ N: rows, D: width }),
        });
        return dx;
      },
      gain: () => {
        const terms = p.temporary(`terms of d${gain.label}`, x.shape);
        p.dispatch({
          kernel: BACKWARD_GAIN,
          constants: { COUNT: rows * width, WIDTH: width },
          bindings: [gradient, x, statistics, terms],
          groups: Math.ceil((rows * width) / 64),
          cost: layernormCost.backwardGain({ N: rows, D: width }),
        });
        return columnSum(p, terms);
      },
      bias: () => columnSum(p, gradient),
    };
  },
};
