import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { randomActivations, sourceOf } from '../testing/planted.ts';
import { correlatedNeurons } from './correlated-neurons.ts';
import { pairSums } from './pair-sums.ts';

test('the neurons that go with a feature come first, and a dead feature has none', () => {
  const uniform = uniforms(5);
  const neurons = randomActivations(2000, [0.4, 0.4, 0.4, 0.4], uniform);
  // Feature 0 is neuron 2; feature 1 mostly neuron 1 and a little neuron 3; feature 2 is dead.
  const features = neurons.map((row) => [row[2]!, row[1]! + 0.3 * row[3]!, 0]);
  const [left, right] = [sourceOf('A/1', features), sourceOf('A/neurons', neurons)];
  const blocks = pairSums(
    left.entries,
    right.entries,
    { left: 3, right: 4 },
    { masked: false, maxBytes: 40 },
  );
  const found = correlatedNeurons(left, right, blocks, 2);
  expect(found[0]![0]).toEqual({ neuron: 2, pearson: expect.closeTo(1, 9), cosine: expect.closeTo(1, 9) });
  expect(found[1]!.map(({ neuron }) => neuron)).toEqual([1, 3]);
  expect(found[1]![1]!.pearson).toBeLessThan(found[1]![1]!.cosine);
  expect(found[2]).toEqual([]);
});
