import { expect, test } from 'vitest';
import { checkGradient, sample, seededRandom, Sums } from '../../testing/index.ts';
import { columnSumReference } from '../column-sum/column-sum.reference.ts';
import { gateGradientsReference, gateReference, scaleByMagnitudeReference } from './gate.reference.ts';

test('an open gate passes the magnitude and nothing of itself; a shut one, or one at 0, passes nothing', () => {
  const [gateBias, magnitudeBias] = [Float64Array.of(-1, -1), Float64Array.of(0.5, -9)];
  const u = Float64Array.of(3, 3, 1, 1);
  const { f, gates } = gateReference(u, gateBias, magnitudeBias, Float64Array.of(Math.log(2), 0));
  // 2 · 3 + 0.5, and a magnitude below 0; then two gates at exactly 0.
  expect([...f.values]).toEqual([expect.closeTo(6.5, 12), 0, 0, 0]);
  expect([...gates]).toEqual([2, 2, 0, 0]);
});

test('gradients through the magnitudes agree with central differences, where gates stay open or shut', () => {
  const random = seededRandom(1);
  // Gates are at least 0.5 from 0, and open magnitudes too.
  const open = Array.from({ length: 12 }, () => random.below(2) === 1);
  const u = sample([4, 3], (i) => (open[i]! ? random.uniform(1, 2) : random.uniform(-2, -1)));
  const gateBias = sample([3], () => random.uniform(-0.5, 0.5)).values;
  checkGradient(
    {
      forward: (x) => gateReference(x.u, gateBias, x.magnitudeBias, x.magnitudeLogScale).f,
      backward({ u: at, magnitudeBias, magnitudeLogScale }, cotangent) {
        const f = gateReference(at, gateBias, magnitudeBias, magnitudeLogScale).f.values;
        const h = cotangent.map((value, i) => (f[i]! > 0 ? value : 0));
        const sums = (values: Float64Array): Float64Array => columnSumReference(values, 3).values;
        const { dLogScale } = gateGradientsReference(
          sums(h),
          sums(h.map((value, i) => value * f[i]!)),
          new Float64Array(3),
          magnitudeBias,
          magnitudeLogScale,
        );
        return {
          u: scaleByMagnitudeReference(h, f, magnitudeLogScale),
          magnitudeBias: columnSumReference(h, 3),
          magnitudeLogScale: dLogScale,
        };
      },
    },
    {
      u,
      magnitudeBias: sample([3], () => random.uniform(0, 1)),
      magnitudeLogScale: sample([3], () => random.uniform(-1, 1)),
    },
  );
});

test('what goes through to u sums up both ways there', () => {
  const one = Float64Array.of(2);
  const { through } = gateGradientsReference(one, one, Float64Array.of(5), one, Float64Array.of(Math.log(3)));
  expect(through.values[0]).toBeCloseTo(3 * 2 + 5, 12);
  expect(through).toBeInstanceOf(Sums);
});
