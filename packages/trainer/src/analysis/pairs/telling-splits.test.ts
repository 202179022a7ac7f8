import { expect, test } from 'vitest';
import { profileOf, tellingSplits } from './telling-splits.ts';

const link = (feature: number, similarity = 0.6) => ({ dictionary: 'A/1', feature, similarity, cosine: 0.5 });

/** What each fine feature fires on: tokens and domains. */
const FIRES: readonly { tokens: number[]; domains: number[] }[] = [
  { tokens: [1, 1, 1, 2], domains: [0, 0, 0, 0] },
  { tokens: [3, 3, 4, 4], domains: [0, 0, 0, 0] },
  { tokens: [5, 5, 5, 5], domains: [0, 0, 0, 0] },
  { tokens: [5, 5, 5, 6], domains: [0, 0, 0, 0] },
  { tokens: [7, 7, 7, 7], domains: [1, 1, 1, 1] },
  { tokens: [7, 7, 7, 7], domains: [2, 2, 2, 2] },
];
const profilesOf = (feature: number) => ({
  tokens: profileOf(FIRES[feature]!.tokens),
  domains: profileOf(FIRES[feature]!.domains),
});

test('children on different tokens, or in different domains, make a telling split; children alike do not', () => {
  const { shown: splits, counted } = tellingSplits(
    'A/0',
    [[link(2), link(3)], [link(0), link(1)], [link(4), link(5, 0.5)], [link(0)]],
    profilesOf,
  );
  expect(splits.map(({ parent, distinctness }) => [parent.feature, distinctness])).toEqual([
    [1, 1],
    [2, 1],
    [0, 0.25],
  ]);
  expect(splits[0]!.children.map(({ tokens }) => tokens)).toEqual([
    [1, 2],
    [3, 4],
  ]);
  expect(counted).toEqual({ dictionary: 'A/0', split: 3, distinct: 2 });
  // Nothing but the domain sets these apart.
  expect(splits[1]!.children.map(({ tokens }) => tokens)).toEqual([[], []]);
});
