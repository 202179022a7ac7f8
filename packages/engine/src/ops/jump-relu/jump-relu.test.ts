import { expect, test } from 'vitest';
import { jumpReluReference, thresholdGradientReference } from './jump-relu.reference.ts';

test('the threshold gradient is the slope of the loss, where inputs lie evenly about the threshold', () => {
  // One feature, inputs every 1/64, loss = Σ slope · f + penalty · [f > 0]. Moving the threshold over an input drops
  // it from the loss; over a whole bandwidth, that is a staircase with the slope that the rectangle kernel estimates.
  const spacing = 1 / 64;
  const bandwidth = 0.25;
  const [slope, penalty, threshold] = [1.75, 0.5, 1];
  const x = Float64Array.from({ length: 128 }, (_, i) => (i + 0.5) * spacing);
  const loss = (at: number) =>
    jumpReluReference(x, Float64Array.of(at), bandwidth).f.reduce(
      (sum, f) => sum + slope * f + (f > 0 ? penalty : 0),
      0,
    );
  const staircase = (loss(threshold + bandwidth / 2) - loss(threshold - bandwidth / 2)) / bandwidth;
  const near = jumpReluReference(x, Float64Array.of(threshold), bandwidth).near.reduce(
    (sum, value) => sum + value,
    0,
  );
  const gradient = thresholdGradientReference(
    Float64Array.of(threshold),
    Float64Array.of(slope * near),
    Float64Array.of(near),
    bandwidth,
    penalty,
  );
  expect(near).toBe(16);
  expect(gradient.values[0]).toBeCloseTo(staircase, 10);
});
