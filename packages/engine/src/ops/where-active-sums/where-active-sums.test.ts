import { expect, test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { whereActiveSumsReference } from './where-active-sums.reference.ts';

test('rows where f is not positive add to no sum', () => {
  const { h, sumF, sumH, sumFH, count } = whereActiveSumsReference(
    Float64Array.of(5, 6, 7, 8),
    Float64Array.of(1, 0, 3, -1),
    2,
    0.5,
  );
  expect([...h.values]).toEqual([5.5, 0, 7.5, 0]);
  expect([...sumF.values]).toEqual([4, 0]);
  expect([...sumH.values]).toEqual([13, 0]);
  expect([...sumFH.values]).toEqual([28, 0]);
  expect([...count.values]).toEqual([2, 0]);
});

test('a gradient passes to h where f is positive, whatever the offset', () => {
  const random = seededRandom(1);
  const f = Float64Array.of(1, 0, -1, 2, 0, 0.5);
  checkGradient(
    {
      forward: ({ x }) => whereActiveSumsReference(x, f, 3, 0.75).h,
      backward: (_inputs, cotangent) => ({ x: whereActiveSumsReference(cotangent, f, 3, 0).h }),
    },
    { x: sample([2, 3], random.normal) },
  );
});
