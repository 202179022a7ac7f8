import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Op } from '../../program/op.ts';
import type { Value } from '../../program/value.ts';
import { sizeOf } from '../../tensor/shape.ts';

const FORWARD: Kernel = {
  label: 'mean/forward',
  source: new URL('./forward.wgsl', import.meta.url),
  reduces: true,
};
const BACKWARD: Kernel = { label: 'mean/backward', source: new URL('./backward.wgsl', import.meta.url) };

export const meanCost = {
  forward: ({ N }: { N: number }): Work => ({ flops: N + 1, bytes: bytesOf(N, 1) }),
  backward: ({ N }: { N: number }): Work => ({ flops: 1, bytes: bytesOf(N, 1) }),
};

/** y (1) = the mean of all elements of x. */
export const mean: Op<{ x: Value }, Record<never, Value>, Record<never, never>> = {
  name: 'mean',
  forward(p, { x }) {
    const output = p.temporary(`mean ${x.label}`, [1]);
    const N = sizeOf(x.shape);
    p.dispatch({
      kernel: FORWARD,
      constants: { COUNT: N, WORKGROUP_SIZE: p.gpu.workgroupSize },
      bindings: [x, output],
      groups: 1,
      cost: meanCost.forward({ N }),
    });
    return { output, saved: {} };
  },
  backward(p, gradient, { inputs: { x } }) {
    return {
      x: () => {
        const d = p.temporary(`d${x.label}`, x.shape);
        const N = sizeOf(x.shape);
        p.dispatch({
          kernel: BACKWARD,
          constants: { COUNT: N },
          bindings: [gradient, d],
          groups: Math.ceil(N / 64),
          cost: meanCost.backward({ N }),
        });
        return d;
      },
    };
  },
};
