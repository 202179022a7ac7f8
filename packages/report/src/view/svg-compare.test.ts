import { expect, test } from 'vitest';
import { compareSvg, medianOf } from './svg-compare.ts';

test('the median lies where half of what was counted is below it', () => {
  expect(medianOf({ edges: [0, 1, 2, 3], counts: [1, 2, 1] })).toBe(1.5);
  expect(medianOf({ edges: [0, 10], counts: [4] })).toBe(5);
  expect(medianOf({ edges: [0, 1], counts: [0] })).toBeNull();
});

test('the line stands at the median that is known, else at that of the bins', () => {
  const row = { name: 'x', histogram: { edges: [0, 1], counts: [4] } };
  const at = (rows: Parameters<typeof compareSvg>[0]['rows']) =>
    /class=median d="M([\d.]+)/.exec(compareSvg({ label: 'x', rows, width: 102 }))?.[1];
  expect(at([row])).toBe('51');
  expect(at([{ ...row, median: 1 }])).toBe('101');
  expect(at([{ ...row, median: null }])).toBeUndefined();
});

test('histograms are drawn over the range that any of them counted in, those without counts not at all', () => {
  const svg = compareSvg({
    label: 'x',
    rows: [
      { name: 'features', histogram: { edges: [-1, 0, 1, 2], counts: [0, 0, 4] } },
      { name: 'neurons', histogram: { edges: [-1, 0, 1, 2], counts: [0, 4, 0] }, plain: true },
      { name: 'none', histogram: { edges: [], counts: [] } },
    ],
    width: 202,
  });
  const starts = [...svg.matchAll(/class="bar[^"]*" d="M([\d.]+)/g)].map(([, left]) => Number(left));
  expect(starts).toEqual([101, 1]);
  expect(svg).not.toContain('none');
  expect(compareSvg({ label: 'x', rows: [] })).toContain('n/a');
});
