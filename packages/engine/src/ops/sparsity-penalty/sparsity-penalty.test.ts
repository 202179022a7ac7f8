import { expect, test } from 'vitest';
import { sparsityPenaltyReference } from './sparsity-penalty.reference.ts';

test.each(['linear', 'tanh'] as const)('a %s penalty is the integral of its gradients', (kind) => {
  const options = { kind, sharpness: 3 };
  const f = Float64Array.of(0.4, 0.1, 0, 0.7);
  const n = Float64Array.of(0.9, 1.3);
  const zeros = new Float64Array(4);
  const factor = 0.6;
  const loss = (at: Float64Array, norms: Float64Array): number =>
    factor *
    sparsityPenaltyReference(at, norms, zeros, options, factor).value.values.reduce((a, b) => a + b, 0);
  const { h, along } = sparsityPenaltyReference(f, n, zeros, options, factor);
  const step = 1e-5;
  const moved = (array: Float64Array, i: number, by: number): Float64Array =>
    array.map((value, k) => (k === i ? value + by : value));
  for (const i of [0, 1, 3]) {
    const slope = (loss(moved(f, i, step), n) - loss(moved(f, i, -step), n)) / (2 * step);
    expect(h.values[i]).toBeCloseTo(slope, 8);
  }
  // dn/dw = w/n, so that the share along / n² of w is minus the gradient by n, times w/n.
  for (const j of [0, 1]) {
    const slope = (loss(f, moved(n, j, step)) - loss(f, moved(n, j, -step))) / (2 * step);
    expect(-along.values[j]! / n[j]! ** 2).toBeCloseTo(slope / n[j]!, 8);
  }
});
