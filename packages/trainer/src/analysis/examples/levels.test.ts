import { expect, test } from 'vitest';
import { uniforms } from '../../random/seeded.ts';
import { bandOf, LEVELS, levelOf, nearestToLevel } from './levels.ts';

test('the bands of all levels cover every activation once', () => {
  const bands = Array.from({ length: LEVELS }, (_, level) => bandOf(level));
  expect(bands[0]).toEqual({ from: 0.95, to: 1 });
  expect(bands[10]!.from).toBe(0);
  const uniform = uniforms(2);
  for (let i = 0; i < 2000; i++) {
    const value = 3 * (1 - uniform());
    const inside = bands.flatMap(({ from, to }, level) =>
      value > 3 * from && value <= 3 * to ? [level] : [],
    );
    // On an edge itself rounding may decide.
    if (bands.some(({ from }) => Math.abs(value / 3 - from) < 1e-9)) continue;
    expect(inside).toEqual([levelOf(value, 3)]);
  }
  expect([3, 3e-9].map((value) => levelOf(value, 3))).toEqual([0, 10]);
});

test('the entries nearest to a level are those of brute force, strongest first', () => {
  const uniform = uniforms(3);
  const sample = Array.from({ length: 200 }, (_, token) => ({ token, value: 5 * uniform() ** 2 })).sort(
    (a, b) => b.value - a.value,
  );
  for (let level = 0; level < LEVELS; level++) {
    const target = (1 - level / 10) * sample[0]!.value;
    const far = ({ value }: { value: number }) => Math.abs(value - target);
    const wanted = sample.toSorted((a, b) => far(a) - far(b)).slice(0, 5);
    const found = nearestToLevel(sample, level, 5);
    expect(found.map(({ token }) => token)).toEqual(
      wanted.toSorted((a, b) => b.value - a.value).map(({ token }) => token),
    );
  }
});

test('the first level holds the largest activation, and a short sample gives what it has', () => {
  const sample = [3, 2, 1].map((value, token) => ({ token, value }));
  expect(nearestToLevel(sample, 0, 2).map(({ value }) => value)).toEqual([3, 2]);
  expect(nearestToLevel(sample, 10, 5)).toEqual(sample);
  expect(nearestToLevel([], 4, 5)).toEqual([]);
});
