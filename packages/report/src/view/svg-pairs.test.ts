import { expect, test } from 'vitest';
import { pairsSvg } from './svg-pairs.ts';

const marks = (svg: string, kind: string): number[] =>
  [...svg.matchAll(new RegExp(`circle class="?${kind}[^>]*cx="([\\d.]+)"`, 'g'))].map(([, x]) => Number(x));

test('on a logarithmic axis equal ratios are equally far apart, and nothing stands at the left edge', () => {
  const svg = pairsSvg({
    label: 'x',
    scale: 'log',
    rows: [
      { name: 'a', from: 0.001, to: 0.01 },
      { name: 'b', from: 0.01, to: 0.1 },
      { name: 'c', from: 0, to: 0.001 },
    ],
  });
  const [before, after] = [marks(svg, 'before'), marks(svg, 'after')];
  expect(after[0]! - before[0]!).toBeCloseTo(after[1]! - before[1]!, 0);
  expect(before[2]).toBe(Math.min(...before, ...after));
});

test('what fell is drawn in the other colour', () => {
  expect(pairsSvg({ label: 'x', scale: 'linear', rows: [{ name: 'a', from: 2, to: 1 }] })).toContain('minus');
});
