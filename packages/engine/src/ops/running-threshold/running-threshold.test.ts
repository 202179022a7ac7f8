import { expect, test } from 'vitest';
import { runningThresholdReference } from './running-threshold.reference.ts';

test('rates that fall as one over the run make a mean', () => {
  const found = [3, 5, 10];
  const mean = found.reduce((at, value, run) => runningThresholdReference(at, value, 1 / (run + 1)), 77);
  expect(mean).toBeCloseTo(6, 14);
});
