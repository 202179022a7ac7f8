import { expect, test } from 'vitest';
import { pointsSvg } from './svg-points.ts';

test('names of points that lie close together do not cover each other', () => {
  const svg = pointsSvg({
    label: 'x',
    xName: 'across',
    yName: 'up',
    points: [
      { name: 'A/0', x: 0, y: 0 },
      { name: 'A/1', x: 10, y: 1 },
      { name: 'A/2', x: 10.1, y: 1 },
    ],
  });
  const names = [...svg.matchAll(/class="name (\w+)" x="([\d.]+)" y="([\d.]+)">([^<]+)/g)].map(
    ([, anchor, x, y]) => {
      const left = Number(x) - (anchor === 'end' ? 18 : 0);
      return { left, right: left + 18, y: Number(y) };
    },
  );
  expect(names).toHaveLength(3);
  for (const [i, a] of names.entries()) {
    for (const b of names.slice(i + 1)) {
      expect(a.right <= b.left || b.right <= a.left || Math.abs(a.y - b.y) >= 10).toBe(true);
    }
  }
});
