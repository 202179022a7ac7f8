import { test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { copyReference } from './copy.reference.ts';

test('the gradient of a copy is the cotangent', () => {
  const exactly = (values: Float64Array) => ({ values, terms: values });
  checkGradient(
    {
      forward: ({ x }) => exactly(copyReference(x)),
      backward: (_inputs, cotangent) => ({ x: exactly(cotangent) }),
    },
    { x: sample([2, 3], seededRandom(1).normal) },
  );
});
