import { test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { linearInputs } from './linear-inputs.ts';
import { linearReference, unembedReference } from './linear.reference.ts';

test.each([false, true])('the gradients of a linear op agree with central differences, ReLU %s', (relu) => {
  checkGradient(linearReference(5, 3, 4, relu), linearInputs(seededRandom(1), 5, 3, 4));
});

test('the gradients of an unembedding agree with central differences', () => {
  const random = seededRandom(1);
  checkGradient(unembedReference(3, 4, 5), {
    x: sample([3, 4], random.normal),
    w: sample([5, 4], random.normal),
  });
});
