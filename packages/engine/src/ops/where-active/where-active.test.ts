import { test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { whereActiveReference } from './where-active.reference.ts';

test('a gradient passes where f is positive, whatever the offset', () => {
  const random = seededRandom(1);
  const f = Float64Array.of(1, 0, -1, 2, 0, 0.5);
  checkGradient(
    {
      forward: ({ x }) => whereActiveReference(x, f, 0.75),
      backward: (_inputs, cotangent) => ({ x: whereActiveReference(cotangent, f, 0) }),
    },
    { x: sample([2, 3], random.normal) },
  );
});
