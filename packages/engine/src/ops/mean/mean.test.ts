import { test } from 'vitest';
import { checkGradient, sample, seededRandom } from '../../testing/index.ts';
import { meanReference } from './mean.reference.ts';

test('the gradient of a mean agrees with central differences', () => {
  checkGradient(meanReference(7), { x: sample([7], seededRandom(1).normal) });
});
