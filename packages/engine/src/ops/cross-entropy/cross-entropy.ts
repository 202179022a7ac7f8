import { bytesOf, type Work } from '../../program/cost.ts';
import { forRows, type Kernel } from '../../program/kernel.ts';
import type { Op } from '../../program/op.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadRows } from '../../program/spread.ts';
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
  putsColumns: true,
};

interface LogitSizes {
  readonly N: number;
  readonly V: number;
}

export const crossEntropyCost = {
  /** subtract the highest, exponentiate, sum; then the logarithm, the highest back, less the target */
  forward: ({ N, V }: LogitSizes): Work => ({ flops: N * (3 * V + 3), bytes: bytesOf(N * V, 3 * N) }),
  /** subtract, exponentiate, multiply; one less at the target */
  backward: ({ N, V }: LogitSizes): Work => ({ flops: N * (3 * V + 1), bytes: bytesOf(2 * N * V, 3 * N) }),
};

/** Cross-entropy of each row in nats: logits (N,V), targets (N) u32 below V -> loss (N). */
export const crossEntropy: Op<{ logits: Value }, { logSum: Value }, { readonly targets: Value }> = {
  name: 'crossEntropy',
  forward(p, { logits }, { targets }) {
    const { N, V } = bindDimensions(
      'crossEntropy',
      { logits: ['N', 'V'], targets: { u32: ['N'] } },
      { logits, targets },
    );
    const output = p.temporary('loss', [N]);
    const logSum = p.temporary('log sum', [N]);
    for (const block of rowBlocks(p.gpu, [logits, output], 1, crossEntropyCost.forward({ N, V }))) {
      const spread = spreadRows(p.gpu, block.count, V);
      p.dispatch({
        kernel: forRows(p.gpu, FORWARD, V),
        constants: { ROWS: block.count, VOCABULARY: V, ...spread.constants },
        bindings: [logits, targets, output, logSum].map((value) => rows(value, block)),
        groups: spread.groups,
        cost: crossEntropyCost.forward({ N: block.count, V }),
      });
    }
    return { output, saved: { logSum } };
  },
  backward(p, gradient, { inputs: { logits }, saved: { logSum }, options: { targets } }) {
    return {
      logits: () => {
        const [N, V] = logits.shape as [number, number];
        const d = p.temporary('dlogits', logits.shape);
        for (const block of rowBlocks(p.gpu, [logits, logSum], 1, crossEntropyCost.backward({ N, V }))) {
          const spread = spreadRows(p.gpu, block.count, V);
          p.dispatch({
            kernel: forRows(p.gpu, BACKWARD, V),
            constants: { ROWS: block.count, VOCABULARY: V, ...spread.constants },
            bindings: [logits, targets, logSum, gradient, d].map((value) => rows(value, block)),
            groups: spread.groups,
            cost: crossEntropyCost.backward({ N: block.count, V }),
          });
        }
        return d;
      },
    };
  },
};
