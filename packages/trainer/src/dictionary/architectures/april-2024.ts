import {
  activeMask,
  copy,
  maskedColumnSum,
  matmul,
  residual,
  rowNorm,
  sparsityPenalty,
} from '@monosema/engine';
import { encoderInput } from '../encode.ts';
import type { Architecture } from './architecture.ts';
import {
  decode,
  decoderBiasGradient,
  perRowLambda,
  meanOf,
  meanOfSums,
  rowGradient,
  throughDecoder,
} from './record.ts';

/**
 * Anthropic, Circuits Updates April 2024: f = ReLU(x · encoderᵀ + b_enc), decoder rows w of any norm,
 * loss = mean |x - x̂|² + λ · mean Σ f·|w|, gradients clipped to a norm of 1, no resampling.
 *
 * @param preEncoderBias whether b_dec is subtracted from the inputs, as SAELens may
 */
export function april2024(preEncoderBias = false): Architecture {
  return {
    name: 'april-2024',
    rule: { kind: 'standard' },
    vectors: ['encoderBias'],
    preEncoderBias,
    rows: 'free',
    clip: 1,
    keeps: [],
    penalised: true,
    dense: true,
    coefficients: (lambda) => ({ reconstruction: 1, sparsity: lambda }),
    record(step) {
      const { p, x, values } = step;
      const input = encoderInput(p, x, values, preEncoderBias);
      const f = matmul(p, input, values.encoder, {
        label: 'f',
        transposeRight: true,
        bias: values.vectors.encoderBias!,
        relu: true,
      });
      const mask = activeMask(p, f);
      const reconstruction = decode(step, f, mask);
      const { d, rowLoss } = residual(p, reconstruction, x, 2 / x.shape[0]!);
      const h = throughDecoder(step, d, f, mask);
      const penalty = { kind: 'linear', factor: perRowLambda(step) } as const;
      const { value, along } = sparsityPenalty(p, f, rowNorm(p, values.decoder), mask, h, penalty);
      const sums = maskedColumnSum(p, f, h, mask);
      return {
        terms: { reconstruction: meanOf(step, rowLoss), sparsity: meanOfSums(step, value) },
        f,
        reconstruction,
        count: sums.count,
        encoder: rowGradient(step, h, mask, input, 'dencoder'),
        decoder: rowGradient(step, f, mask, d, 'ddecoder'),
        along: () => copy(p, along),
        decoderBias: decoderBiasGradient(step, d, preEncoderBias ? sums.sumH : null),
        vectors: { encoderBias: sums.sumH },
      };
    },
  };
}
