import { expect, test } from 'vitest';
import { learningRateOf } from './of-study.ts';

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
