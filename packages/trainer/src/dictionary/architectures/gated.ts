import {
  activeMask,
  copy,
  gate,
  gateGradients,
  maskedColumnSum,
  matmul,
  openGates,
  residual,
  sampledProduct,
  scaleByMagnitude,
  sparseMatmul,
} from '@monosema/engine';
import { encoderInput } from '../encode.ts';
import type { Architecture } from './architecture.ts';
import { decoderBiasGradient, perRowLambda, meanOf, meanOfSums, stack } from './record.ts';

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
    rows: 'unit',
    clip: null,
    keeps: [],
    penalised: true,
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
      const input = encoderInput(p, x, values, true);
      const u = matmul(p, input, values.encoder, { label: 'u', transposeRight: true });
      const codes = stack(step, 'codes', features, true);
      const gradients = stack(step, 'dcodes', features, false);
      const f = gate(p, u, parameters, codes.parts[0]);
      const open = openGates(p, u, parameters.gateBias, codes.parts[1]);
      const [mask, openMask] = [activeMask(p, f), activeMask(p, open)];

      const decoded = (code: typeof f, marks: typeof mask, label: string) =>
        sparseMatmul(p, code, marks, values.decoder, values.decoderBias, label);
      const reconstruction = decoded(f, mask, 'x̂');
      const scale = 2 / x.shape[0]!;
      const main = residual(p, reconstruction, x, scale);
      const { h } = sampledProduct(p, main.d, values.decoder, f, mask, { into: gradients.parts[0] });
      const sums = maskedColumnSum(p, f, h, mask);
      const auxiliary = residual(p, decoded(open, openMask, 'x̂ of the gates'), x, scale);
      const { h: k } = sampledProduct(p, auxiliary.d, values.decoder, open, openMask, {
        into: gradients.parts[1],
        offset: perRowLambda(step),
      });
      const openSums = maskedColumnSum(p, open, k, openMask);

      const { dLogScale, through } = gateGradients(p, sums.sumH, sums.sumFH, openSums.sumH, parameters);
      // From here on h is the gradient by u.
      scaleByMagnitude(p, h, mask, parameters.magnitudeLogScale);
      const both = activeMask(p, codes.whole);
      return {
        terms: {
          reconstruction: meanOf(step, main.rowLoss),
          sparsity: meanOfSums(step, openSums.sumF),
          auxiliary: meanOf(step, auxiliary.rowLoss),
        },
        f,
        reconstruction,
        count: sums.count,
        encoder: {
          kind: 'sparse',
          f: gradients.whole,
          mask: both,
          y: input,
          parts: { first: codes.stride, second: 0, groups: [features] },
        },
        decoder: { kind: 'sparse', f, mask, y: main.d },
        along: () => copy(p, sums.sumFH),
        decoderBias: decoderBiasGradient(step, main.d, through),
        vectors: {
          gateBias: openSums.sumH,
          magnitudeBias: sums.sumH,
          magnitudeLogScale: dLogScale,
        },
      };
    },
  };
}
