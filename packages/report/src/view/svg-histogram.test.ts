import { expect, test } from 'vitest';
import { logTicks } from './list-page.ts';
import { histogramSvg, ticks } from './svg-histogram.ts';

function heights(svg: string): number[] {
  const [, base, path = ''] = /class=col d="M[\d.]+ ([\d.]+)(.*?)"/.exec(svg) ?? [];
  return [...path.matchAll(/V([\d.]+)/g)].map(([, top]) => Number(base) - Number(top)).slice(0, -1);
}

test('bars are as high as their counts on a linear scale', () => {
  const svg = histogramSvg({
    histogram: { edges: [0, 1, 2, 3], counts: [10, 5, 0] },
    label: 'x',
    y: 'linear',
  });
  const [first = 0, second = 0, ...rest] = heights(svg);
  expect(second / first).toBeCloseTo(0.5, 1);
  expect(rest).toEqual([]);
});

test('on a logarithmic scale a tenfold count is one step higher, and a count of one is seen', () => {
  const svg = histogramSvg({
    histogram: { edges: [0, 1, 2, 3], counts: [100, 10, 1] },
    label: 'x',
    y: 'log',
  });
  const [first = 0, second = 0, third = 0] = heights(svg);
  // Heights are whole units.
  expect(Math.abs(first - second - (second - third))).toBeLessThanOrEqual(1);
  expect(third).toBeGreaterThan(5);
});

test('a histogram without bins says so, and its label cannot become markup', () => {
  expect(histogramSvg({ histogram: { edges: [], counts: [] }, label: 'x', y: 'log' })).toContain('n/a');
  const svg = histogramSvg({ histogram: { edges: [0, 1], counts: [1] }, label: '"><script>', y: 'log' });
  expect(svg).toContain('aria-label="&quot;&gt;&lt;script&gt;"');
});

test('ticks are round and within the range', () => {
  expect(ticks(0, 7.3, 5)).toEqual([0, 2, 4, 6]);
  expect(ticks(-0.31, 0.29, 5)).toEqual([-0.2, 0, 0.2]);
  expect(ticks(3, 3, 5)).toEqual([3]);
});

test('an axis of logarithms has ticks at powers of ten, or between them where there are too few', () => {
  expect(logTicks(-4.2, -1)).toEqual([-4, -3, -2, -1]);
  expect(logTicks(-1.08, -0.17).map((tick) => Number((10 ** tick).toPrecision(3)))).toEqual([0.1, 0.2, 0.5]);
});
