import { expect, test } from 'vitest';
import { claimsRecord, RECORDS_VERSION, type DictionaryInput } from '../../records/schema.ts';
import { claimsOf, type Evidence } from './claims-of.ts';

const none = { edges: [], counts: [] };
const histogram = { edges: [0, 1], counts: [5] };

function dictionary(id: string, features: number, given: Partial<DictionaryInput> = {}): DictionaryInput {
  return {
    version: RECORDS_VERSION,
    id,
    model: 'A',
    kind: id.endsWith('neurons') ? 'neurons' : 'dictionary',
    site: 'mlp-activations',
    layer: 0,
    activationWidth: 10,
    features,
    evaluationTokens: 1000,
    l0: 1,
    explainedVariance: null,
    losses: null,
    lossRecovered: null,
    deadFeatures: 0,
    densityHistogram: none,
    training: null,
    ...given,
  };
}

const scores = (median: number) => [
  {
    explainer: 'rules',
    activation: { median, scored: 5, histogram },
    logit: { median: 0.5, scored: 5, histogram },
  },
];
const match = (feature: number, pearson: number, onConcept: number) => ({
  dictionary: 'A/1',
  feature,
  pearson,
  specificity: [
    { from: 0, to: 0.5, activeTokens: 100, onConcept: 10 },
    { from: 0.5, to: 1, activeTokens: 10, onConcept },
  ],
  expectedValue: { edges: [], on: [], off: [] },
});
const proxy = (id: string, feature: ReturnType<typeof match> | null, neuron: number) => ({
  id,
  name: id,
  kind: 'script' as const,
  tokens: 10,
  feature,
  neuron: { ...match(0, neuron, 1), dictionary: 'A/neurons' },
});
const steered = (feature: number, pinnedMass: number, otherMass: number | null = 0.1) => ({
  dictionary: 'A/1',
  feature,
  proxy: 'script:Hebrew',
  pinnedTo: 1,
  pinnedMass,
  plainMass: 0.1,
  doses: [
    { times: 1, pinnedMass, otherMass },
    { times: 4, pinnedMass: 0.99, otherMass },
  ],
  positions: 4,
  samples: [],
});
const cycle = (features: number[], holds: boolean) => ({
  dictionary: 'A/1',
  features,
  edges: [],
  verified: [],
  holds,
});
const split = (distinctness: number) => ({
  parent: { dictionary: 'A/0', feature: 1 },
  children: [],
  distinctness,
});

const GOOD: Evidence = {
  dictionaries: [
    dictionary('A/0', 10, { lossRecovered: 0.5, explanationScores: scores(0.5) }),
    dictionary('A/neurons', 10, { explanationScores: scores(0.2) }),
    dictionary('A/1', 40, { lossRecovered: 0.8, explanationScores: scores(0.6), deadFeatures: 4 }),
  ],
  shown: 'A/1',
  neuronCorrelations: { median: 0.3, histogram },
  proxies: [1, 2, 3].map((i) => proxy(`p${i}`, match(i, 0.7, 9), 0.3)),
  universality: [
    { from: 'A/1', to: 'B/1', medianCorrelation: 0.7, compared: 3, histogram },
    { from: 'A/neurons', to: 'B/neurons', medianCorrelation: 0.4, compared: 3, histogram },
  ],
  splits: [split(0.9), split(0.6), split(0.5), split(0.1)],
  steering: [steered(1, 0.5), steered(2, 0.9), steered(2, 0.8)],
  cycles: [cycle([1], true), cycle([2, 3], true)],
};
const held = (evidence: Evidence) => claimsOf(evidence).map(({ holds }) => holds);

test('a study that shows everything holds all seven, in the form of the records', () => {
  const claims = claimsOf(GOOD);
  expect(claims.map(({ holds }) => holds)).toEqual(Array.from({ length: 7 }, () => true));
  expect(() => claimsRecord.parse({ version: RECORDS_VERSION, claims })).not.toThrow();
});

test('each claim fails by its own figures', () => {
  const failing: Partial<Evidence>[] = [
    { proxies: GOOD.proxies.slice(1) },
    { neuronCorrelations: { median: 0.6, histogram } },
    { steering: [steered(1, 0.49), steered(2, 0.9)] },
    { universality: GOOD.universality.map((each) => ({ ...each, medianCorrelation: 0.4 })) },
    { splits: [split(0.9), split(0.9), split(0.4)] },
    {
      dictionaries: GOOD.dictionaries.map((each) =>
        each.id === 'A/1' ? { ...each, lossRecovered: 0.5 } : each,
      ),
    },
    { cycles: [cycle([1], true), cycle([2, 3], false)] },
  ];
  failing.forEach((change, claim) => {
    expect(held({ ...GOOD, ...change })[claim]).toBe(false);
  });
});

test('a proxy that nothing answers to is not counted, and one that a neuron alone answers to is', () => {
  const unseen = [1, 2, 3, 4].map((i) => proxy(`unseen${i}`, match(i, 0.1, 9), 0.15));
  expect(held({ ...GOOD, proxies: [...GOOD.proxies, ...unseen] })[1]).toBe(true);
  const ofNeurons = proxy('neuron', match(4, 0.1, 9), 0.25);
  expect(held({ ...GOOD, proxies: [...GOOD.proxies, ofNeurons] })[1]).toBe(false);
});

test('a feature does not steer when others held as far do as much', () => {
  expect(held({ ...GOOD, steering: [steered(1, 0.5, 0.4), steered(2, 0.9)] })[2]).toBe(false);
  expect(held({ ...GOOD, steering: [steered(1, 0.5, null), steered(2, 0.9)] })[2]).toBe(true);
});

test('where there are no neurons, as in the residual stream, nothing is said to beat them', () => {
  const without: Evidence = {
    ...GOOD,
    dictionaries: GOOD.dictionaries.filter(({ kind }) => kind !== 'neurons'),
    neuronCorrelations: { median: null, histogram: none },
    proxies: GOOD.proxies.map((each) => ({ ...each, neuron: null })),
  };
  const claim = claimsOf(without)[1]!;
  expect(claim).toMatchObject({ holds: null, features: [] });
  expect(claim.figures[0]).toMatchObject({ value: null });
});

test('what was not measured neither holds nor fails', () => {
  const bare: Evidence = {
    ...GOOD,
    dictionaries: GOOD.dictionaries.slice(0, 2).map((each) => ({ ...each, explanationScores: [] })),
    neuronCorrelations: { median: null, histogram: none },
    universality: [],
    steering: [],
  };
  expect(held(bare).slice(0, 6)).toEqual([null, null, null, null, null, null]);
});
