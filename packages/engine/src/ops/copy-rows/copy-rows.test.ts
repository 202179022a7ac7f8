import { expect, test } from 'vitest';
import { copyRowsReference } from './copy-rows.reference.ts';

test('only the places that count are copied to', () => {
  const places = Uint32Array.of(1, 0, 0, 2);
  const copied = copyRowsReference(
    Float64Array.of(1, 2, 3, 4),
    places,
    Float64Array.of(9, 9, 8, 8, 7, 7),
    2,
    { count: 1, scale: -2 },
  );
  expect([...copied]).toEqual([-6, -8, 8, 8, 7, 7]);
});
