import { topKMask } from '@monosema/engine';
import type { Architecture } from './architecture.ts';
import { recordTopK, type TopKOptions } from './record-topk.ts';

/**
 * Gao et al. 2024: f = the k largest of (x - b_dec) · encoderᵀ + b_enc that are above 0, in each row; unit decoder rows;
 * loss = mean |x - x̂|² + AuxK.
 */
export function topk(options: TopKOptions): Architecture {
  return {
    name: 'topk',
    rule: { kind: 'topk', k: options.k },
    vectors: ['encoderBias'],
    preEncoderBias: true,
    directions: 'random',
    rows: 'unit',
    clip: null,
    keeps: options.auxiliary === null ? [] : ['idle'],
    penalised: false,
    steered: false,
    lean: options.auxiliary === null,
    dense: false,
    coefficients: () => ({ reconstruction: 1, auxiliary: options.auxiliary?.coefficient ?? 0 }),
    record(step) {
      const features = step.values.encoder.shape[0]!;
      const { p } = step;
      return recordTopK(step, options, () => (pre) => topKMask(p, pre, options.k), [features]);
    },
  };
}
