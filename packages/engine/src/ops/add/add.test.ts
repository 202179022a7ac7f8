import { test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { addReference } from './add.reference.ts';

test('the gradient of a sum is the cotangent on both sides', () => {
  const random = seededRandom(1);
  checkGradient(addReference(12), { a: sample([3, 4], random.normal), b: sample([3, 4], random.normal) });
});
