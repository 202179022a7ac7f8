import { test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { layernormReference } from './layernorm.reference.ts';

test.each([
  [3, 5, 1e-5],
  [2, 2, 0.1],
  [1, 7, 0.5],
])(
  'the gradients of a layernorm of (%i,%i), ε %f, agree with central differences',
  (rows, width, epsilon) => {
    const random = seededRandom(1);
    checkGradient(layernormReference(rows, width, epsilon), {
      x: sample([rows, width], () => 1 + random.normal()),
      gain: sample([width], random.normal),
      bias: sample([width], random.normal),
    });
  },
);
