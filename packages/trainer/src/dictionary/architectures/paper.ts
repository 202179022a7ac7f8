import { activeMask, matmul, residual, subtractScaled } from '@monosema/engine';
import { encoderInput } from '../encode.ts';
import type { Architecture } from './architecture.ts';
import {
  decode,
  decoderBiasGradient,
  perRowLambda,
  meanOf,
  meanOfSums,
  rowGradient,
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
    rows: 'unit',
    clip: null,
    keeps: [],
    penalised: true,
    dense: true,
    coefficients: (lambda) => ({ reconstruction: 1, sparsity: lambda }),
    record(step) {
      const { p, x, values } = step;
      const input = encoderInput(p, x, values, true);
      const f = matmul(p, input, values.encoder, {
        label: 'f',
        transposeRight: true,
        bias: values.vectors.encoderBias!,
        relu: true,
      });
      const mask = step.path === 'sparse' ? activeMask(p, f) : null;
      const reconstruction = decode(step, f, mask);
      const { d, rowLoss } = residual(p, reconstruction, x, 2 / x.shape[0]!);
      const { h, sums } = throughDecoderWithSums(step, d, f, mask, perRowLambda(step));
      return {
        terms: { reconstruction: meanOf(step, rowLoss), sparsity: meanOfSums(step, sums.sumF) },
        f,
        reconstruction,
        count: sums.count,
        encoder: rowGradient(step, h, mask, input, 'dencoder'),
        decoder: rowGradient(step, f, mask, d, 'ddecoder'),
        // Σ f·(d·w) = Σ f·h - λ/B·Σ f: the decoder gradient's product with each row.
        along: () => subtractScaled(p, sums.sumFH, sums.sumF, perRowLambda(step)),
        decoderBias: decoderBiasGradient(step, d, sums.sumH),
        vectors: { encoderBias: sums.sumH },
      };
    },
  };
}
