import { expect, test } from 'vitest';
import { prefixResidualReference } from './prefix-residual.reference.ts';

test('the gradient of all prefix errors by what one group adds is the sum over the prefixes that have it', () => {
  const x = Float64Array.of(1, -2);
  const additions = [Float64Array.of(0.4, 0.1), Float64Array.of(0.3, -0.9), Float64Array.of(0.2, 0.6)];
  const nested = (parts: readonly Float64Array[]): Float64Array =>
    Float64Array.from(
      parts.flatMap((_, g) => [0, 1].map((k) => parts.slice(0, g + 1).reduce((s, a) => s + a[k]!, 0))),
    );
  const scale = 2 / 3;
  const { d, prefixLoss, rowLoss } = prefixResidualReference(nested(additions), x, 2, scale);
  const loss = (parts: readonly Float64Array[]): number =>
    prefixResidualReference(nested(parts), x, 2, scale).prefixLoss.values[0]!;
  expect(prefixLoss.values[0]).toBeCloseTo(
    (0.6 ** 2 + 2.1 ** 2 + 0.3 ** 2 + 1.2 ** 2 + 0.1 ** 2 + 1.8 ** 2) / 3,
  );
  expect(rowLoss.values[0]).toBeCloseTo(0.1 ** 2 + 1.8 ** 2);
  additions.forEach((_, g) => {
    for (const k of [0, 1]) {
      const move = (by: number) =>
        additions.map((part, i) => part.map((value, j) => (i === g && j === k ? value + by : value)));
      const slope = (loss(move(1e-5)) - loss(move(-1e-5))) / 2e-5;
      expect(d.values[2 * g + k]).toBeCloseTo(slope, 8);
    }
  });
});
