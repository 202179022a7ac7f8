import { batchTopK, runningThreshold } from '@monosema/engine';
import type { Architecture } from './architecture.ts';
import { recordTopK, type TopKOptions } from './record-topk.ts';

/**
 * Bussmann et al. 2024: as TopK, but the batch keeps its k·B largest, so that vectors may have more features or fewer.
 * Alone, a vector is encoded as by a JumpReLU whose one threshold is the running mean of the smallest activation that a
 * batch keeps. The scalar `thresholdRate` says how far a step moves that mean.
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
    rows: 'unit',
    clip: null,
    keeps: options.auxiliary === null ? ['threshold'] : ['threshold', 'idle'],
    penalised: false,
    dense: false,
    coefficients: () => ({
      [prefixes === null ? 'reconstruction' : 'prefixes']: 1,
      auxiliary: options.auxiliary?.coefficient ?? 0,
    }),
    record(step) {
      const { p, state, values } = step;
      return recordTopK(
        step,
        options,
        (pre, into) => {
          const { threshold } = batchTopK(p, pre, options.k, into);
          runningThreshold(p, threshold, state.threshold!, p.scalar('thresholdRate'));
        },
        prefixes ?? [values.encoder.shape[0]!],
      );
    },
  };
}
