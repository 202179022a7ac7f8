import { test } from 'vitest';
import { checkGradient, sample, seededRandom, Sums } from '../../testing/index.ts';
import { columnSumReference } from './column-sum.reference.ts';

test('a scaled column sum is the gradient of a row that was repeated with those scales', () => {
  const random = seededRandom(1);
  const scale = sample([5], random.normal).values;
  checkGradient(
    {
      forward({ row }) {
        const repeated = new Sums(5 * 3);
        for (let n = 0; n < 5; n++) for (let d = 0; d < 3; d++) repeated.add(n * 3 + d, scale[n]! * row[d]!);
        return repeated;
      },
      backward: (_inputs, cotangent) => ({ row: columnSumReference(cotangent, 3, scale) }),
    },
    { row: sample([3], random.normal) },
  );
});
