import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { PositiveEntries } from './dense-rows.ts';

test('the positive entries of rows are found, whatever their size, and neither of the zeros', () => {
  const [rows, width] = [37, 13];
  const uniform = uniforms(5);
  const all = Float32Array.from(
    { length: rows * width + 4 },
    () => (uniform() < 0.5 ? -1 : 1) * 10 ** (90 * uniform() - 50),
  );
  all.set([0, -0, 1e-45, -1e-45, Infinity, -Infinity, 3.4e38], 20);
  const x = all.subarray(4);
  const found = new PositiveEntries(width, rows).of(x, rows, 5);
  const expected = Array.from({ length: rows }, (_, row) =>
    [...x.subarray(row * width, (row + 1) * width)].flatMap((value, k) => (value > 0 ? [[k, value]] : [])),
  );
  expect(found.first).toBe(5);
  const got = expected.map((_, row) =>
    Array.from({ length: found.offsets[row + 1]! - found.offsets[row]! }, (__, i) => {
      const entry = found.offsets[row]! + i;
      return [found.features[entry], found.values[entry]];
    }),
  );
  expect(got).toEqual(expected);
  expect(found.values).toHaveLength(expected.flat().length);
});
