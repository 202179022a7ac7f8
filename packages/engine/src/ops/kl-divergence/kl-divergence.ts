import type { ProgramBuilder } from '../../program/builder.ts';
import { bytesOf, type Work } from '../../program/cost.ts';
import { forRows, type Kernel } from '../../program/kernel.ts';
import { rowBlocks, rows } from '../../program/rows.ts';
import { spreadRows } from '../../program/spread.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions } from '../../tensor/shape.ts';

const KERNEL: Kernel = {
  label: 'kl-divergence',
  source: new URL('./kl-divergence.wgsl', import.meta.url),
  reduces: true,
};

/** An element: a probability, summed, and weighted by a difference; the other's exponential, less the highest, summed. */
export const klDivergenceCost = ({ N, V }: { N: number; V: number }): Work => ({
  flops: N * (9 * V + 7),
  bytes: bytesOf(2 * N * V, 4 * N),
});

/** What predictions are compared with. */
export interface Predictions {
  /** (N,V) */
  readonly logits: Value;
  /** (N) log Σ exp of each row of them, as crossEntropy saves it. */
  readonly logSum: Value;
}

/**
 * The Kullback-Leibler divergence (N) in nats of each row, from softmax(before) to softmax(after), and with it the
 * cross-entropy (N) of `after`, whose logits are read once for both.
 *
 * @param after (N,V) logits
 * @param targets (N) u32 below V
 */
export function klDivergence(
  p: ProgramBuilder,
  before: Predictions,
  after: Value,
  targets: Value,
): { loss: Value; divergence: Value } {
  const { N, V } = bindDimensions(
    'klDivergence',
    { before: ['N', 'V'], logSum: ['N'], after: ['N', 'V'], targets: { u32: ['N'] } },
    { before: before.logits, logSum: before.logSum, after, targets },
  );
  const loss = p.temporary('loss', [N]);
  const divergence = p.temporary('divergence', [N]);
  for (const block of rowBlocks(p.gpu, [after, divergence], 1, klDivergenceCost({ N, V }))) {
    const spread = spreadRows(p.gpu, block.count, V);
    p.dispatch({
      kernel: forRows(p.gpu, KERNEL, V),
      constants: { ROWS: block.count, VOCABULARY: V, ...spread.constants },
      bindings: [before.logits, before.logSum, after, targets, loss, divergence].map((value) =>
        rows(value, block),
      ),
      groups: spread.groups,
      cost: klDivergenceCost({ N: block.count, V }),
    });
  }
  return { loss, divergence };
}
