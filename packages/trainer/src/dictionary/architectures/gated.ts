import {
  activeMask,
  copy,
  gate,
  gateGradients,
  maskedColumnSum,
  matmul,
  openGates,
  rows,
  sampledProduct,
  scaleByMagnitude,
  sparseMatmul,
  stackedColumns,
  type MaskedSums,
} from '@monosema/engine';
import { encoderInput } from '../encode.ts';
import type { Architecture, RecordedStep } from './architecture.ts';
import { decoderBiasGradient, perRowLambda, meanOfSums, Residuals, RowGradientSum, stack } from './record.ts';

/**
 * Rajamanoharan et al. 2024 (gated): with u = (x - b_dec) · encoderᵀ, a feature is active where its gate u + gateBias is
 * above 0, and f = ReLU(exp(r)·u + magnitudeBias) there; unit decoder rows;
 * loss = mean |x - x̂|² + λ · mean Σ ReLU(gate) + mean |x - x̂ᵍ|², where x̂ᵍ is what the decoder and b_dec, held fixed,
 * make of the rectified gates. It is sparse from the first step and knows no dense path.
 */
export function gated(): Architecture {
  return {
    name: 'gated',
    rule: { kind: 'gated' },
    vectors: ['gateBias', 'magnitudeBias', 'magnitudeLogScale'],
    preEncoderBias: true,
    directions: 'inputs',
    rows: 'unit',
    clip: null,
    keeps: [],
    penalised: true,
    steered: false,
    lean: false,
    dense: false,
    coefficients: (lambda) => ({ reconstruction: 1, sparsity: lambda, auxiliary: 1 }),
    record(step) {
      const { p, x, values } = step;
      const { gateBias, magnitudeBias, magnitudeLogScale } = values.vectors;
      const parameters = {
        gateBias: gateBias!,
        magnitudeBias: magnitudeBias!,
        magnitudeLogScale: magnitudeLogScale!,
      };
      const features = values.encoder.shape[0]!;
      const inputs = encoderInput(p, x, values, true);
      const [residuals, ofGates] = [new Residuals(step), new Residuals(step)];
      const encoder = new RowGradientSum(step, 'dencoder');
      const decoder = new RowGradientSum(step, 'ddecoder');
      let sums: MaskedSums | null = null;
      let openSums: MaskedSums | null = null;
      let last: RecordedStep['last'] | null = null;
      for (const block of step.blocks) {
        const input = rows(inputs, block);
        const u = matmul(p, input, values.encoder, { label: 'u', transposeRight: true });
        const gradients = stack(step, 'dcodes', [block.count, features]);
        const f = gate(p, u, parameters);
        const open = openGates(p, u, parameters.gateBias);
        const [mask, openMask] = [activeMask(p, f), activeMask(p, open)];

        const decoded = (code: typeof f, marks: typeof mask, label: string) =>
          sparseMatmul(p, code, marks, values.decoder, values.decoderBias, label);
        const reconstruction = decoded(f, mask, 'x̂');
        const d = residuals.add(reconstruction, block);
        const { h } = sampledProduct(p, d, values.decoder, f, mask, { into: gradients.parts[0] });
        sums = maskedColumnSum(p, f, h, mask, sums);
        const dOfGates = ofGates.add(decoded(open, openMask, 'x̂ of the gates'), block);
        const { h: k } = sampledProduct(p, dOfGates, values.decoder, open, openMask, {
          into: gradients.parts[1],
          offset: perRowLambda(step),
        });
        openSums = maskedColumnSum(p, open, k, openMask, openSums);
        // From here on h is the gradient by u.
        scaleByMagnitude(p, h, mask, parameters.magnitudeLogScale);
        const parts = { first: gradients.stride, second: 0, groups: [features] };
        const both = stackedColumns(p, [mask, openMask], features, gradients.stride);
        encoder.add(gradients.whole, both, input, parts);
        decoder.add(f, mask, d);
        last = { f, reconstruction };
      }
      const { sumH, sumFH, count } = sums!;
      const { sumF: openF, sumH: openH } = openSums!;
      const { dLogScale, through } = gateGradients(p, sumH, sumFH, openH, parameters);
      return {
        terms: {
          reconstruction: residuals.term,
          sparsity: meanOfSums(step, openF),
          auxiliary: ofGates.term,
        },
        last: last!,
        count,
        encoder: encoder.total,
        decoder: decoder.total,
        along: () => copy(p, sumFH),
        decoderBias: decoderBiasGradient(step, residuals.d, through),
        vectors: { gateBias: openH, magnitudeBias: sumH, magnitudeLogScale: dLogScale },
      };
    },
  };
}
