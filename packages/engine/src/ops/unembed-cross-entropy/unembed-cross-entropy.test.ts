import { expect, test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { unembedCrossEntropyReference } from './unembed-cross-entropy.reference.ts';

test('the gradients of the loss of an unembedding agree with central differences', () => {
  const random = seededRandom(2);
  checkGradient(unembedCrossEntropyReference(Uint32Array.of(0, 4, 2), 3, 5), {
    x: sample([3, 3], random.normal),
    w: sample([5, 3], random.normal),
  });
});

test('a stream of zeros costs the logarithm of the vocabulary', () => {
  const reference = unembedCrossEntropyReference(Uint32Array.of(3), 2, 8);
  const w = sample([8, 2], seededRandom(3).normal).values;
  expect(reference.forward({ x: new Float64Array(2), w }).values[0]).toBeCloseTo(Math.log(8), 9);
});
