import { test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { subtractScaledReference } from './subtract-scaled.reference.ts';

test('the gradient of what is subtracted is the cotangent times the factor, negated', () => {
  const random = seededRandom(1);
  checkGradient(
    {
      forward: ({ a, b }) => subtractScaledReference(a, b, 0.375),
      backward: (_inputs, cotangent) => ({
        a: { values: cotangent, terms: cotangent },
        b: subtractScaledReference(new Float64Array(7), cotangent, 0.375),
      }),
    },
    { a: sample([7], random.normal), b: sample([7], random.normal) },
  );
});
