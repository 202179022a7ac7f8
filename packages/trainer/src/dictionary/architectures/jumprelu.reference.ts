import type { Row, Tape, Term } from '../testing/tape.ts';
import { TANH_SHARPNESS, type JumpReluOptions } from './jumprelu.ts';
import { addRow, meanSquaredDistance, products, reconstruct, rowNorms, type Loss } from './reference.ts';

/**
 * mean |x - x̂|² and the penalty, for f = ReLU(pre) where pre > θ: `step` counts mean Σ [pre > θ], `tanh` has mean
 * Σ tanh(c·f·|w|). Thresholds get their gradients from a rectangle of a bandwidth around them, through f and through
 * the count (Rajamanoharan et al. 2024, JumpReLU, equations 11 and 12).
 */
export const jumpreluLoss =
  ({ penalty, bandwidth }: JumpReluOptions): Loss =>
  (t, p, x) => {
    const threshold = p.vectors.threshold!;
    const pre = addRow(t, products(t, p, x, true), p.vectors.encoderBias!);
    const f = pre.map((row) => row.map((value, j) => jump(t, value, threshold[j]!, bandwidth)));
    const reconstruction = meanSquaredDistance(t, reconstruct(t, f, p, p.decoderBias), x);
    if (penalty === 'step') {
      const counts = pre.map((row) => t.sum(row.map((value, j) => step(t, value, threshold[j]!, bandwidth))));
      return { reconstruction, sparsity: t.sum(counts, 1 / x.length) };
    }
    const norms = rowNorms(t, p);
    const sums = f.map((row) =>
      t.sum(row.map((value, j) => t.tanh(t.sum([t.multiply(value, norms[j]!)], TANH_SHARPNESS)))),
    );
    return { reconstruction, sparsity: t.sum(sums, 1 / x.length) };
  };

const near = (pre: Term, threshold: Term, bandwidth: number): number =>
  Math.abs(pre.value - threshold.value) < bandwidth / 2 ? 1 : 0;

function jump(t: Tape, pre: Term, threshold: Term, bandwidth: number): Term {
  const active = pre.value > threshold.value && pre.value > 0;
  const toThreshold = (-threshold.value / bandwidth) * near(pre, threshold, bandwidth);
  return t.estimate(active ? pre.value : 0, [pre, threshold] satisfies Row, [active ? 1 : 0, toThreshold]);
}

function step(t: Tape, pre: Term, threshold: Term, bandwidth: number): Term {
  const toThreshold = -near(pre, threshold, bandwidth) / bandwidth;
  return t.estimate(pre.value > threshold.value ? 1 : 0, [threshold], [toThreshold]);
}
