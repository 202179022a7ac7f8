import { expect, test } from 'vitest';
import { accumulateReference } from './accumulate.reference.ts';

test('counts add to totals that float32 could not hold', () => {
  const total = accumulateReference(Uint32Array.of(16_777_216, 4_294_967_294), Float64Array.of(1, 1));
  expect([...total]).toEqual([16_777_217, 4_294_967_295]);
});
