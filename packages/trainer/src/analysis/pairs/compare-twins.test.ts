import { expect, test } from 'vitest';
import type { TwinLink } from '../feature-source.ts';
import { keptParts, sourceOf } from '../testing/planted.ts';
import { textOf } from '../testing/planted-text.ts';
import { compareTwins } from './compare-twins.ts';
import { universality } from './universality.ts';

test('medians of similarities are over the matches that universality is measured on, rare features left out', async () => {
  // Active on 12, 4 and 30 tokens: the second is too rare to be compared.
  const dense = Array.from({ length: 30 }, (_, t) => [t < 12 ? 1 + t : 0, t < 4 ? 1 + t : 0, 1 + t]);
  const sources = [sourceOf('A/1', dense), sourceOf('B/1', dense)] as const;
  const link = (feature: number, similarity: number): TwinLink => ({
    dictionary: 'B/1',
    feature,
    similarity,
    logitWeights: null,
    attribution: null,
  });
  const twins = [[link(0, 0.9), link(2, 0.1)], [link(1, 0.8)], [link(2, 0.7)]];
  const none = () => ({
    correlatedNeurons: [],
    correlatedFeatures: [],
    parents: [],
    children: [],
    twins: [] as TwinLink[][],
  });
  const relations = new Map([
    ['A/1', { ...none(), twins }],
    ['B/1', none()],
  ]);
  const universal = universality(...sources, twins, 4)!;
  expect(universal.compared).toBe(2);
  const kept = keptParts();
  const measured = { logits: [0.5, 0.9, -1, 0.25], attributions: [0.25, 0.9, -1, 0.75] };
  await kept.save('similarity of A/1 and B/1', measured);
  const { text } = textOf([{ id: 'd', domain: null, text: 'some words that nobody reads' }], 4);
  await compareTwins(sources, relations, [universal], new Map(), text, kept, () => {});
  expect(twins[0]![1]).toMatchObject({ logitWeights: 0.9, attribution: 0.9 });
  expect(universal).toMatchObject({ medianLogitWeights: 0.375, medianAttribution: 0.5 });
});
