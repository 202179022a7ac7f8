import { expect, test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { ACTIVATIONS } from './activation.ts';
import { activationReference, CURVES, erf } from './activation.reference.ts';

test.each(ACTIVATIONS)('the slope of %s agrees with central differences', (kind) => {
  const random = seededRandom(1);
  // ReLU has its kink at zero: inputs keep a distance of 0.1 from it.
  const x = sample([40], () => random.sign() * random.uniform(0.1, 4));
  checkGradient(activationReference(kind, 40), { x });
});

test('the error function has its tabulated values', () => {
  expect(erf(0)).toBe(0);
  expect(erf(0.5)).toBeCloseTo(0.520499877813047, 14);
  expect(erf(-1)).toBeCloseTo(-0.842700792949715, 14);
  expect(erf(3)).toBeCloseTo(0.999977909503001, 14);
  expect(erf(20)).toBe(1);
});

test('the tanh form of GELU stays within a thousandth of the exact one', () => {
  for (let x = -8; x <= 8; x += 0.125) {
    expect(Math.abs(CURVES.gelu.value(x) - CURVES.gelu_new.value(x))).toBeLessThan(1e-3);
  }
});
