import { expect, test } from 'vitest';
import { neuronAlignment } from './neuron-alignment.ts';

test('the largest coefficients come first whatever their sign, each with its share of the L1 norm', () => {
  expect(neuronAlignment(Float32Array.of(0.5, -1, 0, 0.25, 0.25), 3)).toEqual([
    { neuron: 1, coefficient: -1, share: 0.5 },
    { neuron: 0, coefficient: 0.5, share: 0.25 },
    { neuron: 3, coefficient: 0.25, share: 0.125 },
  ]);
  expect(neuronAlignment(new Float32Array(4), 3)).toEqual([]);
});
