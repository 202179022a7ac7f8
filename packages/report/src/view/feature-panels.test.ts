import { expect, test } from 'vitest';
import type { FeatureRecord } from '@monosema/trainer/records';
import { twinPanel } from './feature-panels.ts';
import type { Place } from './feature-panels.ts';

const place = { site: { dictionaries: new Map() }, path: 'A/1/0.html' } as unknown as Place;
const twin = { dictionary: 'B/1', feature: 7, similarity: 0.9, cosine: null };

test('twins show the similarities that were measured, and n/a for one that was not', () => {
  const panel = (logitWeights: number | null, attribution: number | null): string =>
    twinPanel(place, { twins: [{ ...twin, logitWeights, attribution }] } as unknown as FeatureRecord);
  expect(panel(0.61, null)).toMatch(/B\/1·7.*<td>0\.90<td>n\/a<td>0\.61/);
  expect(panel(null, null)).toContain('<i>0.90</i>');
});
