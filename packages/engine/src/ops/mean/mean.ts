import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import type { Kernel } from '../../program/kernel.ts';
import type { Op } from '../../program/op.ts';
import { flat, rowBlocks, rows } from '../../program/rows.ts';
import { spreadElements } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { sizeOf } from '../../tensor/shape.ts';

const FORWARD: Kernel = {
  label: 'mean/forward',
  source: new URL('./forward.wgsl', import.meta.url),
  reduces: true,
};
const BACKWARD: Kernel = { label: 'mean/backward', source: new URL('./backward.wgsl', import.meta.url) };
/** Elements that a workgroup sums: enough to pay for its start, few enough that a large value has work for all cores. */
const SPAN = 16_384;

export const meanCost = {
  /** One pass over N elements to the sums of K blocks of them, each divided. */
  forward: ({ N, K }: { N: number; K: number }): Work => ({ flops: N + K, bytes: bytesOf(N, K) }),
  backward: ({ N }: { N: number }): Work => ({ flops: 1, bytes: bytesOf(N, 1) }),
};

/** y (1) = the mean of all elements of x, of any shape. */
export const mean: Op<{ x: Value }, Record<never, Value>, Record<never, never>> = {
  name: 'mean',
  forward(p, { x }) {
    const label = `mean ${x.label}`;
    let source = flat(x);
    for (let blocks = Infinity; blocks > 1;) {
      blocks = Math.ceil(source.shape[0]! / SPAN);
      const sums = p.temporary(label, [blocks]);
      recordSums(p, source, sums, blocks > 1 ? 1 : sizeOf(x.shape));
      source = sums;
    }
    return { output: source, saved: {} };
  },
  backward(p, gradient, { inputs: { x } }) {
    return {
      x: () => {
        const d = p.temporary(`d${x.label}`, x.shape);
        const N = sizeOf(x.shape);
        for (const block of rowBlocks(p.gpu, [flat(d)], 1, meanCost.backward({ N }))) {
          const count = Math.ceil(block.count / 4);
          const spread = spreadElements(p.gpu, count);
          p.dispatch({
            kernel: BACKWARD,
            constants: { WORKGROUP_SIZE: spread.constants.WORKGROUP_SIZE },
            bindings: [gradient, rows(flat(d), block)],
            groups: spread.groups,
            sizes: Uint32Array.of(count, spread.constants.RUN, N),
            cost: meanCost.backward({ N: block.count }),
          });
        }
        return d;
      },
    };
  },
};

/** sums (K) of the blocks of SPAN elements of x (N), each divided. */
function recordSums(p: ProgramBuilder, x: Value, sums: Value, divisor: number): void {
  const work = meanCost.forward({ N: x.shape[0]!, K: sums.shape[0]! });
  for (const block of rowBlocks(p.gpu, [x], SPAN, work)) {
    const own = Math.ceil(block.count / SPAN);
    p.dispatch({
      kernel: FORWARD,
      constants: { WORKGROUP_SIZE: p.gpu.workgroupSize },
      bindings: [rows(x, block), sums],
      groups: own,
      sizes: Uint32Array.of(block.count, SPAN, block.from / SPAN, divisor),
      cost: meanCost.forward({ N: block.count, K: own }),
    });
  }
}
