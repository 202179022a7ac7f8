import { expect, test } from 'vitest';
import { curveSvg } from './svg-curve.ts';

const points = [
  { x: 0, y: 7 },
  { x: 100, y: 4 },
];

test('lines are named where there are several, and a line by itself is what the caption says', () => {
  const named = (names: readonly string[]): string[] =>
    [
      ...curveSvg({ label: 'loss', lines: names.map((name) => ({ name, points })), rules: [] }).matchAll(
        /<text class="name[^>]*>([^<]*)/g,
      ),
    ].map(([, name]) => name!);
  expect(named(['model A', 'model <B>'])).toEqual(['model A', 'model &lt;B&gt;']);
  expect(named(['model A'])).toEqual([]);
});
