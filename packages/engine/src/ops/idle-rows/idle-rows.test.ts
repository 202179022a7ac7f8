import { expect, test } from 'vitest';
import { countIdleReference } from './idle-rows.reference.ts';

test('a column in use starts anew, others grow idle, and none beyond 2³¹', () => {
  const idle = countIdleReference(Float64Array.of(3, 0, 0), Uint32Array.of(40, 40, 2 ** 31 - 3), 8);
  expect([...idle]).toEqual([0, 48, 2 ** 31]);
});
