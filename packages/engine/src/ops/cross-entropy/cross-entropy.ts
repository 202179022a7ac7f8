import type { Kernel } from '../../program/kernel.ts';
import type { Op } from '../../program/op.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const FORWARD: Kernel = {
  label: 'cross-entropy/forward',
  source: new URL('./forward.wgsl', import.meta.url),
  reduces: true,
};
const BACKWARD: Kernel = {
  label: 'cross-entropy/backward',
  source: new URL('./backward.wgsl', import.meta.url),
};

/** Cross-entropy of each row in nats: logits (N,V), targets (N) u32 below V -> loss (N). */
export const crossEntropy: Op<{ logits: Value }, { logSum: Value }, { readonly targets: Value }> = {
  name: 'crossEntropy',
  forward(p, { logits }, { targets }) {
    const { N, V } = bindDimensions(
      'crossEntropy',
      { logits: ['N', 'V'], targets: ['N'] },
      { logits, targets },
    );
    const output = p.temporary('loss', [N]);
    const logSum = p.temporary('log sum', [N]);
    p.dispatch(
      FORWARD,
      { ROWS: N, VOCABULARY: V, WORKGROUP_SIZE: p.gpu.workgroupSize },
      [logits, targets, output, logSum],
      N,
    );
    return { output, saved: { logSum } };
  },
  backward(p, gradient, { inputs: { logits }, saved: { logSum }, options: { targets } }) {
    return {
      logits: () => {
        const [rows, vocabulary] = logits.shape as [number, number];
        const d = p.temporary('dlogits', logits.shape);
        const constants = { COUNT: rows * vocabulary, VOCABULARY: vocabulary };
        p.dispatch(
          BACKWARD,
          constants,
          [logits, targets, logSum, gradient, d],
          Math.ceil((rows * vocabulary) / 64),
        );
        return d;
      },
    };
  },
};
