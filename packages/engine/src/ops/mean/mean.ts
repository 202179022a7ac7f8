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

/** y (1) = the mean of all elements of x. */
export const mean: Op<{ x: Value }, Record<never, Value>, Record<never, never>> = {
  name: 'mean',
  forward(p, { x }) {
    const output = p.temporary(`mean ${x.label}`, [1]);
    p.dispatch(FORWARD, { COUNT: sizeOf(x.shape), WORKGROUP_SIZE: p.gpu.workgroupSize }, [x, output], 1);
    return { output, saved: {} };
  },
  backward(p, gradient, { inputs: { x } }) {
    return {
      x: () => {
        const d = p.temporary(`d${x.label}`, x.shape);
        p.dispatch(BACKWARD, { COUNT: sizeOf(x.shape) }, [gradient, d], Math.ceil(sizeOf(x.shape) / 64));
        return d;
      },
    };
  },
};
