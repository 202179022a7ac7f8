import { expect, test } from 'vitest';
import type { FeatureRecord } from '@monosema/trainer/records';
import { halfBelow, splitPanel, twinPanel } from './feature-panels.ts';
import type { Place } from './feature-panels.ts';

const place = { site: { dictionaries: new Map() }, path: 'A/1/0.html' } as unknown as Place;
const twin = { dictionary: 'B/1', feature: 7, similarity: 0.9, cosine: null };

test('twins show the similarities that were measured, and n/a for one that was not', () => {
  const panel = (logitWeights: number | null, attribution: number | null): string =>
    twinPanel(place, { twins: [{ ...twin, logitWeights, attribution }] } as unknown as FeatureRecord);
  expect(panel(0.61, null)).toMatch(/B\/1·7.*<td>0\.90<td>n\/a<td>0\.61/);
  expect(panel(null, null)).toContain('<i>0.90</i>');
});

test('the text of a histogram says below what half of it lies', () => {
  expect(halfBelow({ edges: [0, 1, 2, 3], counts: [5, 4, 1] })).toBe(1);
  expect(halfBelow({ edges: [0, 1, 2, 3], counts: [0, 0, 1] })).toBe(3);
  expect(halfBelow({ edges: [0, 1], counts: [0] })).toBeNull();
});

test('edges of a split tree have the masked cosine, and the cosine of directions where it was measured', () => {
  const view = { record: { id: 'A/0' }, has: { widths: true } };
  const tree = (cosine: number | null): string =>
    splitPanel(
      { ...place, view } as unknown as Place,
      {
        index: 3,
        parents: [],
        children: [{ dictionary: 'A/1', feature: 7, similarity: 0.9, cosine }],
      } as unknown as FeatureRecord,
    );
  expect(tree(0.42)).toContain('<i>0.90 · 0.42</i>');
  expect(tree(null)).toContain('<i>0.90</i>');
});
