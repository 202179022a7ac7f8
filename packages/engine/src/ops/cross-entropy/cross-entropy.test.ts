import { expect, test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { crossEntropyReference } from './cross-entropy.reference.ts';

test('the gradient of the cross-entropy agrees with central differences', () => {
  const random = seededRandom(1);
  checkGradient(crossEntropyReference(Uint32Array.of(0, 4, 2), 5), {
    logits: sample([3, 5], () => 3 * random.normal()),
  });
});

test('equal logits cost the logarithm of the vocabulary, and large ones do not overflow', () => {
  const reference = crossEntropyReference(Uint32Array.of(3), 8);
  expect(reference.forward({ logits: new Float64Array(8).fill(1e5) }).values[0]).toBeCloseTo(Math.log(8), 9);
});
