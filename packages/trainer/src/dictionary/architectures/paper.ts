import { activeMask, matmul, rows, subtractScaled, type MaskedSums } from '@monosema/engine';
import { encoderInput } from '../encode.ts';
import type { Architecture, RecordedStep } from './architecture.ts';
import {
  decode,
  decoderBiasGradient,
  perRowLambda,
  meanOfSums,
  Residuals,
  RowGradientSum,
  throughDecoderWithSums,
} from './record.ts';

/**
 * Bricken et al. 2023: f = ReLU((x - b_dec) · encoderᵀ + b_enc), unit decoder rows,
 * loss = mean |x - x̂|² + λ · mean Σ f. Their λ, under a mean over elements, is A times smaller.
 */
export function paper(): Architecture {
  return {
    name: 'paper',
    rule: { kind: 'standard' },
    vectors: ['encoderBias'],
    preEncoderBias: true,
    directions: 'inputs',
    rows: 'unit',
    clip: null,
    keeps: [],
    penalised: true,
    steered: false,
    lean: true,
    dense: true,
    coefficients: (lambda) => ({ reconstruction: 1, sparsity: lambda }),
    record(step) {
      const { p, x, values } = step;
      const inputs = encoderInput(p, x, values, true);
      const residuals = new Residuals(step);
      const encoder = new RowGradientSum(step, 'dencoder');
      const decoder = new RowGradientSum(step, 'ddecoder');
      let sums: MaskedSums | null = null;
      let last: RecordedStep['last'] | null = null;
      for (const block of step.blocks) {
        const input = rows(inputs, block);
        const f = matmul(p, input, values.encoder, {
          label: 'f',
          transposeRight: true,
          bias: values.vectors.encoderBias!,
          relu: true,
        });
        const mask = step.path === 'sparse' ? activeMask(p, f) : null;
        const reconstruction = decode(step, f, mask);
        const d = residuals.add(reconstruction, block);
        const through = throughDecoderWithSums(step, d, f, mask, perRowLambda(step), sums);
        sums = through.sums;
        encoder.add(through.h, mask, input);
        decoder.add(f, mask, d);
        last = { f, reconstruction };
      }
      const { sumF, sumH, sumFH, count } = sums!;
      return {
        terms: { reconstruction: residuals.term, sparsity: meanOfSums(step, sumF) },
        last: last!,
        count,
        encoder: encoder.total,
        decoder: decoder.total,
        // Σ f·(d·w) = Σ f·h - λ/B·Σ f: the decoder gradient's product with each row.
        along: () => subtractScaled(p, sumFH, sumF, perRowLambda(step)),
        decoderBias: decoderBiasGradient(step, residuals.d, sumH),
        vectors: { encoderBias: sumH },
      };
    },
  };
}
