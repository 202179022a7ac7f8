import { expect, it } from 'vitest';
import { normals, uniforms, wordOf } from './seeded.ts';

const take = (draw: () => number, count: number): number[] => Array.from({ length: count }, draw);

it('gives the same numbers for the same words, and others for others', () => {
  expect(take(uniforms(1, 2), 20)).toEqual(take(uniforms(1, 2), 20));
  for (const words of [[1, 3], [2, 1], [1], [1, 2, 0]])
    expect(take(uniforms(...words), 20)).not.toEqual(take(uniforms(1, 2), 20));
});

it('draws uniforms in [0, 1) that fill it evenly, in pairs too', () => {
  const uniform = uniforms(9);
  const counts = new Float64Array(100);
  for (let i = 0; i < 50_000; i++) {
    const [a, b] = [uniform(), uniform()];
    expect(Math.min(a, b) >= 0 && Math.max(a, b) < 1).toBe(true);
    counts[Math.floor(a * 10) * 10 + Math.floor(b * 10)]! += 1;
  }
  const chiSquare = counts.reduce((sum, count) => sum + (count - 500) ** 2 / 500, 0);
  // The 99.9th percentile of chi-square with 99 degrees of freedom.
  expect(chiSquare).toBeLessThan(148.2);
});

it('draws normals: finite, with the moments of a normal, and independent of the one before', () => {
  const values = take(normals(4), 40_000);
  expect(values.every(Number.isFinite)).toBe(true);
  const mean = (of: (value: number, i: number) => number): number =>
    values.reduce((sum, value, i) => sum + of(value, i), 0) / values.length;
  // Four standard errors each.
  expect(Math.abs(mean((value) => value))).toBeLessThan(4 / 200);
  expect(Math.abs(mean((value) => value ** 2) - 1)).toBeLessThan((4 * Math.sqrt(2)) / 200);
  expect(Math.abs(mean((value) => value ** 3))).toBeLessThan((4 * Math.sqrt(15)) / 200);
  expect(Math.abs(mean((value) => value ** 4) - 3)).toBeLessThan((4 * Math.sqrt(96)) / 200);
  expect(Math.abs(mean((value, i) => value * (values[i - 1] ?? 0)))).toBeLessThan(4 / 200);
});

it('makes another word of every name, whatever the order of its letters', () => {
  const names = [
    'A/0',
    'A/1',
    'B/1',
    '1/B',
    'A/10',
    'A',
    '',
    'transformer.wte.weight',
    'transformer.wpe.weight',
  ];
  expect(new Set(names.map(wordOf)).size).toBe(names.length);
});
