import { expect, test } from 'vitest';
import { clearReference } from './clear.reference.ts';

test('what is cleared is zero throughout', () => {
  expect([...clearReference(3)]).toEqual([0, 0, 0]);
});
