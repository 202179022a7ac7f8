import { test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { columnSumReference } from '../column-sum/column-sum.reference.ts';
import { subtractRowReference } from './subtract-row.reference.ts';

test('the gradient of a vector taken from every row is the column sum, negated', () => {
  const random = seededRandom(1);
  checkGradient(
    {
      forward: ({ x, v }) => subtractRowReference(x, v),
      backward: (_inputs, cotangent) => {
        const { values, terms } = columnSumReference(cotangent, 3);
        return {
          x: { values: cotangent, terms: cotangent },
          v: { values: values.map((value) => -value), terms },
        };
      },
    },
    { x: sample([5, 3], random.normal), v: sample([3], random.normal) },
  );
});
