import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { columnsIn, forWidth, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = {
  label: 'kl-divergence',
  source: new URL('./kl-divergence.wgsl', import.meta.url),
  reduces: true,
};

/** An element: both less their highest, two exponentials, two sums, the difference weighted and added. */
export const klDivergenceCost = ({ N, V }: { N: number; V: number }): Work => ({
  flops: N * (9 * V + 5),
  bytes: bytesOf(2 * N * V, N),
});

/** (N) Kullback-Leibler divergence in nats, from softmax(before) to softmax(after), of each row of two logits (N,V). */
export function klDivergence(p: ProgramBuilder, before: Value, after: Value): Value {
  const { N, V } = bindDimensions(
    'klDivergence',
    { before: ['N', 'V'], after: ['N', 'V'] },
    { before, after },
  );
  const divergence = p.temporary('divergence', [N]);
  for (const block of rowBlocks(p.gpu, [before, divergence], 1, klDivergenceCost({ N, V }))) {
    p.dispatch({
      kernel: forWidth(KERNEL, V),
      constants: {
        ROWS: block.count,
        COLUMNS: columnsIn(V),
        WORKGROUP_SIZE: p.gpu.workgroupSize,
      },
      bindings: [before, after, divergence].map((value) => rows(value, block)),
      groups: block.count,
      cost: klDivergenceCost({ N: block.count, V }),
    });
  }
  return divergence;
}
