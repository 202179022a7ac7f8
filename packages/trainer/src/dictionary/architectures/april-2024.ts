import {
  activeMask,
  copy,
  maskedColumnSum,
  matmul,
  rowNorm,
  rows,
  sparsityPenalty,
  type MaskedSums,
  type PenaltySums,
} from '@monosema/engine';
import { encoderInput } from '../encode.ts';
import type { Architecture, RecordedStep } from './architecture.ts';
import {
  decode,
  decoderBiasGradient,
  perRowLambda,
  meanOfSums,
  Residuals,
  RowGradientSum,
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
    directions: 'random',
    rows: 'free',
    clip: 1,
    keeps: [],
    penalised: true,
    steered: false,
    lean: true,
    dense: true,
    coefficients: (lambda) => ({ reconstruction: 1, sparsity: lambda }),
    record(step) {
      const { p, x, values } = step;
      const inputs = encoderInput(p, x, values, preEncoderBias);
      const norms = rowNorm(p, values.decoder);
      const residuals = new Residuals(step);
      const encoder = new RowGradientSum(step, 'dencoder');
      const decoder = new RowGradientSum(step, 'ddecoder');
      const penalty = { kind: 'linear', factor: perRowLambda(step) } as const;
      let sums: MaskedSums | null = null;
      let penalties: PenaltySums | null = null;
      let last: RecordedStep['last'] | null = null;
      for (const block of step.blocks) {
        const input = rows(inputs, block);
        const f = matmul(p, input, values.encoder, {
          label: 'f',
          transposeRight: true,
          bias: values.vectors.encoderBias!,
          relu: true,
        });
        const mask = activeMask(p, f);
        const reconstruction = decode(step, f, mask);
        const d = residuals.add(reconstruction, block);
        const h = throughDecoder(step, d, f, mask);
        penalties = sparsityPenalty(p, f, norms, mask, h, penalty, penalties);
        sums = maskedColumnSum(p, f, h, mask, sums);
        encoder.add(h, mask, input);
        decoder.add(f, mask, d);
        last = { f, reconstruction };
      }
      const { sumH, count } = sums!;
      const { value, along } = penalties!;
      return {
        terms: { reconstruction: residuals.term, sparsity: meanOfSums(step, value) },
        last: last!,
        count,
        encoder: encoder.total,
        decoder: decoder.total,
        along: () => copy(p, along),
        decoderBias: decoderBiasGradient(step, residuals.d, preEncoderBias ? sumH : null),
        vectors: { encoderBias: sumH },
      };
    },
  };
}
