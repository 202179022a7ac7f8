import { expect, test } from 'vitest';
import { fittedDistances, layoutCurve, wantedNearness, type LayoutCurve } from './layout-curve.ts';

test('the curve of the paper’s own implementation is found', () => {
  // UMAP's defaults, min_dist 0.1 and spread 1: 1.577 and 0.895 (umap-learn, find_ab_params).
  const { a, b } = layoutCurve(0.1);
  expect(a).toBeCloseTo(1.5769, 3);
  expect(b).toBeCloseTo(0.8951, 3);
});

test.each([0, 0.05, 0.1, 0.5, 1])(
  'for a minDist of %d no curve near the one found fits better',
  (minDist) => {
    const missed = ({ a, b }: LayoutCurve) =>
      fittedDistances().reduce(
        (sum, d) => sum + (1 / (1 + a * d ** (2 * b)) - wantedNearness(d, minDist)) ** 2,
        0,
      );
    const { a, b } = layoutCurve(minDist);
    const best = missed({ a, b });
    for (const change of [0.05, 0.002, 1e-4])
      for (const [da, db] of [
        [1, 0],
        [0, 1],
        [1, 1],
        [1, -1],
      ] as const)
        for (const sign of [1, -1])
          expect(
            missed({ a: a * (1 + sign * change * da), b: b * (1 + sign * change * db) }),
          ).toBeGreaterThan(best);
  },
);
