import { expect, test } from 'vitest';
import { learningRateOf, startDensityOf } from './of-study.ts';

test('the learning rate of those that choose falls with the root of the width, of others it is shared, and a study may say another', () => {
  const rate = (architecture: 'topk' | 'batchtopk' | 'matryoshka' | 'gated', features: number, own = {}) =>
    learningRateOf({ id: 'A/1', expansion: 1, architecture, ...own }, features, 0.005);
  expect(rate('topk', 16_384)).toBe(2e-4);
  expect(rate('batchtopk', 1024)).toBeCloseTo(8e-4, 12);
  expect(rate('matryoshka', 65_536)).toBeCloseTo(1e-4, 12);
  expect(rate('gated', 1024)).toBe(0.005);
  expect(rate('topk', 1024, { learningRate: 0.01 })).toBe(0.01);
  expect(rate('gated', 1024, { learningRate: 0.01 })).toBe(0.01);
});

test('a dictionary with a target starts with twice as many active features, or as many where thresholds have to rise, at most half of all', () => {
  const density = (
    targetL0: number | undefined,
    features: number,
    architecture: 'paper' | 'jumprelu' = 'paper',
  ) => startDensityOf({ id: 'A/1', expansion: 1, architecture, targetL0 }, features, 0.03);
  expect(density(undefined, 1000)).toBe(0.03);
  expect(density(5, 1000)).toBe(0.03);
  expect(density(60, 1000)).toBeCloseTo(0.12, 12);
  expect(density(60, 100)).toBe(0.5);
  expect(density(60, 1000, 'jumprelu')).toBeCloseTo(0.06, 12);
});
