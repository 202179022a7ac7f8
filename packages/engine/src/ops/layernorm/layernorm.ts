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
    p.dispatch(FORWARD, constants, [x, gain, bias, output, statistics], N);
    return { output, saved: { statistics } };
  },
  backward(p, gradient, { inputs: { x, gain }, saved: { statistics } }) {
    const [rows, width] = x.shape as [number, number];
    return {
      x: () => {
        const dx = p.temporary(`d${x.label}`, x.shape);
        p.dispatch(
          BACKWARD_INPUT,
          { ROWS: rows, WIDTH: width, WORKGROUP_SIZE: p.gpu.workgroupSize },
          [gradient, x, gain, statistics, dx],
          rows,
        );
        return dx;
      },
      gain: () => {
        const terms = p.temporary(`terms of d${gain.label}`, x.shape);
        p.dispatch(
          BACKWARD_GAIN,
          { COUNT: rows * width, WIDTH: width },
          [gradient, x, statistics, terms],
          Math.ceil((rows * width) / 64),
        );
        return columnSum(p, terms);
      },
      bias: () => columnSum(p, gradient),
    };
  },
};
