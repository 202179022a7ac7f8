import { expect, test } from 'vitest';
import { uniforms } from '../random/seeded.ts';
import { toDigits } from './to-digits.ts';

test('numbers of all sizes come to the same as by way of their text', () => {
  const uniform = uniforms(3);
  const values = Array.from({ length: 20_000 }, () => (uniform() - 0.5) * 10 ** (40 * uniform() - 25));
  const halves = Array.from(
    { length: 20_000 },
    () => (Math.floor(uniform() * 1e5) + 0.5) / 10 ** Math.floor(9 * uniform()),
  );
  const edges = [
    0, -0, 1, 10, 100, 1000, 999.5, 9999.5, 99.95, 0.1, 0.001, 1e-5, 1e22, 5e-324, 1.7e308,
  ].flatMap((value) => [value, -value, value * (1 + 2 ** -52), value * (1 - 2 ** -53), Math.fround(value)]);
  for (const value of [...values, ...halves, ...edges.filter(Number.isFinite)])
    for (const digits of [3, 4])
      expect(toDigits(value, digits), String(value)).toBe(Number(value.toPrecision(digits)) || 0);
});
