import {
  activeMask,
  copy,
  jumpRelu,
  maskedColumnSum,
  matmul,
  nearThreshold,
  rowNorm,
  rows,
  sampledProduct,
  sparsityPenalty,
  thresholdGradient,
  type MaskedSums,
  type PenaltySums,
  type Value,
} from '@monosema/engine';
import { encoderInput } from '../encode.ts';
import type { Architecture, RecordedStep, Step } from './architecture.ts';
import {
  decode,
  decoderBiasGradient,
  perRowLambda,
  perRowSteer,
  meanOfSums,
  Residuals,
  RowGradientSum,
  throughDecoder,
} from './record.ts';

/** c of the tanh penalty (Anthropic, Circuits Updates January 2025). */
export const TANH_SHARPNESS = 4;

export interface JumpReluOptions {
  /** What lambda counts: active features, or tanh(c · f · |w|) of each. */
  readonly penalty: 'step' | 'tanh';
  /** Width around a threshold within which inputs give it a gradient. */
  readonly bandwidth: number;
}

/**
 * Rajamanoharan et al. 2024 (JumpReLU): f = ReLU(pre) where pre > θ, pre = (x - b_dec) · encoderᵀ + b_enc,
 * loss = mean |x - x̂|² + λ · mean L0. With the tanh penalty (Anthropic, January 2025) decoder rows w are of any norm and
 * the last term is λ · mean Σ tanh(c·f·|w|). Thresholds, which have no gradient of their own, are given one by a
 * rectangle of the bandwidth around them. On the way to a target L0 the thresholds of the tanh penalty, and they alone,
 * also get the gradient of `steer` · mean L0.
 */
export function jumprelu({ penalty, bandwidth }: JumpReluOptions): Architecture {
  const tanh = penalty === 'tanh';
  return {
    name: 'jumprelu',
    rule: { kind: 'jumprelu' },
    vectors: ['encoderBias', 'threshold'],
    preEncoderBias: true,
    directions: 'inputs',
    rows: tanh ? 'free' : 'unit',
    clip: null,
    keeps: [],
    penalised: true,
    steered: tanh,
    lean: false,
    dense: true,
    coefficients: (lambda) => ({ reconstruction: 1, sparsity: lambda }),
    record(step) {
      const { p, x, values } = step;
      const inputs = encoderInput(p, x, values, true);
      const threshold = values.vectors.threshold!;
      const norms = tanh ? rowNorm(p, values.decoder) : null;
      const residuals = new Residuals(step);
      const encoder = new RowGradientSum(step, 'dencoder');
      const decoder = new RowGradientSum(step, 'ddecoder');
      let sums: MaskedSums | null = null;
      let penalties: PenaltySums | null = null;
      let toThreshold: MaskedSums | null = null;
      let last: RecordedStep['last'] | null = null;
      for (const block of step.blocks) {
        const input = rows(inputs, block);
        const pre = matmul(p, input, values.encoder, {
          label: 'pre',
          transposeRight: true,
          bias: values.vectors.encoderBias!,
        });
        const f = jumpRelu(p, pre, threshold);
        const mask = activeMask(p, f);
        const near = nearThreshold(p, pre, threshold, bandwidth);
        const reconstruction = decode(step, f, mask);
        const d = residuals.add(reconstruction, block);
        const h = throughDecoder(step, d, f, mask);
        if (norms !== null) penalties = sparsityPenalty(p, f, norms, mask, h, tanhPenalty(step), penalties);
        sums = maskedColumnSum(p, f, h, mask, sums);
        toThreshold = nearThresholds(step, { d, f, near, norms }, toThreshold);
        encoder.add(h, mask, input);
        decoder.add(f, mask, d);
        last = { f, reconstruction };
      }
      const { sumH, sumFH, count } = sums!;
      // A tanh asks little of thresholds: what steers them is a count of its own, 0 without a target.
      const counted = tanh ? perRowSteer(step) : perRowLambda(step);
      return {
        terms: {
          reconstruction: residuals.term,
          sparsity: meanOfSums(step, penalties?.value ?? count),
        },
        last: last!,
        count,
        encoder: encoder.total,
        decoder: decoder.total,
        along: () => copy(p, penalties?.along ?? sumFH),
        decoderBias: decoderBiasGradient(step, residuals.d, sumH),
        vectors: {
          encoderBias: sumH,
          threshold: thresholdGradient(
            p,
            threshold,
            toThreshold!.sumH,
            toThreshold!.count,
            bandwidth,
            counted,
          ),
        },
      };
    },
  };
}

function tanhPenalty(step: Step) {
  return { kind: 'tanh', sharpness: TANH_SHARPNESS, factor: perRowLambda(step) } as const;
}

/** Sums over the inputs near each threshold of the gradient by f there, be f on this side of it or on the other. */
function nearThresholds(
  step: Step,
  {
    d,
    f,
    near,
    norms,
  }: { readonly d: Value; readonly f: Value; readonly near: Value; readonly norms: Value | null },
  before: MaskedSums | null,
): MaskedSums {
  const { p, values } = step;
  const mask = activeMask(p, near);
  const { h } = sampledProduct(p, d, values.decoder, near, mask);
  if (norms !== null) sparsityPenalty(p, f, norms, mask, h, tanhPenalty(step));
  return maskedColumnSum(p, near, h, mask, before);
}
