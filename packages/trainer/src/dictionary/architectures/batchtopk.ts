import { BatchThreshold, batchTopK, runningThreshold, type Value } from '@monosema/engine';
import type { Architecture } from './architecture.ts';
import { recordTopK, type TopKOptions } from './record-topk.ts';

/**
 * Bussmann et al. 2024: as TopK, but the batch keeps its k·B largest, so that vectors may have more features or fewer.
 * Alone, a vector is encoded as by a JumpReLU whose one threshold is the running mean of the smallest activation that a
 * batch keeps. The scalar `thresholdRate` says how far a step moves that mean. A batch that is taken in blocks is encoded
 * twice: once to find what the whole batch keeps, once to keep it.
 *
 * @param prefixes Matryoshka's (Bussmann et al. 2025): how many features each nested reconstruction has; none for one
 *   reconstruction by all
 */
export function batchtopk(options: TopKOptions, prefixes: readonly number[] | null = null): Architecture {
  return {
    name: prefixes === null ? 'batchtopk' : 'matryoshka',
    rule: { kind: 'jumprelu' },
    vectors: ['encoderBias'],
    preEncoderBias: true,
    directions: 'random',
    rows: 'unit',
    clip: null,
    keeps: options.auxiliary === null ? ['threshold'] : ['threshold', 'idle'],
    penalised: false,
    steered: false,
    lean: options.auxiliary === null,
    dense: false,
    coefficients: () => ({
      [prefixes === null ? 'reconstruction' : 'prefixes']: 1,
      auxiliary: options.auxiliary?.coefficient ?? 0,
    }),
    record(step) {
      const { p, x, blocks, state, values } = step;
      const follow = (threshold: Value): void =>
        runningThreshold(p, threshold, state.threshold!, p.scalar('thresholdRate'));
      return recordTopK(
        step,
        options,
        (preOf) => {
          if (blocks.length === 1)
            return (pre) => {
              const { mask, threshold } = batchTopK(p, pre, options.k);
              follow(threshold);
              return mask;
            };
          const search = new BatchThreshold(p, options.k, x.shape[0]!);
          for (const block of blocks) search.add(preOf(block));
          follow(search.threshold);
          return search.selection();
        },
        prefixes ?? [values.encoder.shape[0]!],
      );
    },
  };
}
