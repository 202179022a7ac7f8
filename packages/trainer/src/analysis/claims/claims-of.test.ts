import { expect, test } from 'vitest';
import { claimsRecord, RECORDS_VERSION, type DictionaryInput } from '../../records/schema.ts';
import type { Evidence } from './claim.ts';
import { claimsOf } from './claims-of.ts';

const none = { edges: [], counts: [] };
const histogram = { edges: [0, 1], counts: [50] };

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
    activation: { median, scored: 50, histogram },
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
  tokens: 100,
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

const splits = (distinct: number, shown: ReturnType<typeof split>[]) => ({
  shown,
  counted: [{ dictionary: 'A/0', split: shown.length, distinct }],
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
    { from: 'A/1', to: 'B/1', medianCorrelation: 0.7, compared: 30, histogram },
    { from: 'A/neurons', to: 'B/neurons', medianCorrelation: 0.4, compared: 10, histogram },
  ],
  splits: splits(3, [split(0.9), split(0.6), split(0.5), split(0.1)]),
  steering: [steered(1, 0.5), steered(2, 0.9), steered(2, 0.8)],
  common: new Map([
    ['A/0', 10],
    ['A/1', 36],
  ]),
  edges: 5,
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
    { proxies: [proxy('p1', match(1, 0.7, 7), 0.3), ...GOOD.proxies.slice(1)] },
    { neuronCorrelations: { median: 0.6, histogram } },
    { steering: [steered(1, 0.49), steered(2, 0.9)] },
    { universality: GOOD.universality.map((each) => ({ ...each, medianCorrelation: 0.4 })) },
    { splits: splits(2, [split(0.9), split(0.9), split(0.4)]) },
    {
      dictionaries: GOOD.dictionaries.map((each) =>
        each.id === 'A/1' ? { ...each, lossRecovered: 0.5 } : each,
      ),
    },
    { cycles: [cycle([1], true), cycle([2, 3], false)] },
  ];
  const reasons = [
    '2 of 3 kinds of text have a feature that is specific to them, where 3 are asked for',
    'the median feature of A/1 has a neuron that correlates with it by 0.60',
    'only 1 of the 2 features held does, where 2 are asked for',
    'the median is 0.40 for features and 0.40 for neurons',
    '2 of the 3 features that split have such children, where 3 are asked for',
    'a wider dictionary does not recover more than a narrower one',
    'no cycle of two features or more passes',
  ];
  failing.forEach((change, claim) => {
    expect(claimsOf({ ...GOOD, ...change })[claim]).toMatchObject({ holds: false, fails: reasons[claim] });
  });
});

test('a proxy that nothing answers to is not counted, and one that a neuron alone answers to is', () => {
  const unseen = [1, 2, 3, 4].map((i) => proxy(`unseen${i}`, match(i, 0.1, 9), 0.15));
  expect(held({ ...GOOD, proxies: [...GOOD.proxies, ...unseen] })[1]).toBe(true);
  const ofNeurons = proxy('neuron', match(4, 0.1, 9), 0.25);
  expect(held({ ...GOOD, proxies: [...GOOD.proxies, ofNeurons] })[1]).toBe(false);
});

test('kinds of text that a neuron answers to more are told with that neuron, the clearest first', () => {
  const ofNeurons = [proxy('Hebrew', match(4, 0.4, 9), 0.7), proxy('Arabic', match(5, 0.5, 9), 0.51)];
  const claim = claimsOf({ ...GOOD, proxies: [...GOOD.proxies, ...ofNeurons] })[1]!;
  expect(claim).toMatchObject({
    holds: false,
    fails: 'a feature answers more than any neuron to 3 of 5 kinds of text, 60 % where 80 % are asked for',
  });
  expect(claim.against).toEqual([
    {
      dictionary: 'A/neurons',
      feature: 0,
      why: 'Hebrew, 10 % of the text: 0.70 against 0.40 for the best feature',
    },
  ]);
});

test('a feature that answers to several kinds of text is shown once, by the one it answers to most', () => {
  const twice = [proxy('script', match(1, 0.7, 9), 0.3), proxy('label', match(1, 0.8, 9), 0.3)];
  const { features } = claimsOf({ ...GOOD, proxies: [...GOOD.proxies.slice(1), ...twice] })[1]!;
  expect(features.map(({ feature }) => feature).sort((a, b) => a - b)).toEqual([1, 2, 3]);
  expect(features[0]!.why).toMatch(/^label/);
});

test('a feature does not steer when others held as far do as much', () => {
  expect(held({ ...GOOD, steering: [steered(1, 0.5, 0.4), steered(2, 0.9)] })[2]).toBe(false);
  // Beside no other, the half of the rule that rules out any disturbance is not measured.
  expect(held({ ...GOOD, steering: [steered(1, 0.5, null), steered(2, 0.9)] })[2]).toBeNull();
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
    edges: 0,
    cycles: [],
  };
  expect(held(bare)).toEqual(Array.from({ length: 7 }, () => null));
});

test.each<[string, number, Partial<Evidence>, string]>([
  [
    'explanations of few features',
    0,
    {
      dictionaries: GOOD.dictionaries.map((each) => ({
        ...each,
        explanationScores: each.explanationScores?.map((of) => ({
          ...of,
          activation: { ...of.activation, scored: 9 },
        })),
      })),
    },
    'only 9 features whose explanation could be scored (the rule asks for 10)',
  ],
  ['text of one kind', 0, { proxies: GOOD.proxies.slice(0, 1) }, 'only 1 kind of text (the rule asks for 3)'],
  [
    'kinds of text that little answers to',
    1,
    { proxies: [...GOOD.proxies.slice(1), proxy('unseen', match(1, 0.1, 9), 0.1)] },
    'only 2 kinds of text to which a feature or a neuron answers (the rule asks for 3)',
  ],
  [
    'one feature that could be held',
    2,
    { steering: [steered(1, 0.5)] },
    'only 1 feature for a kind of text that could be held, beside another, where the text has nothing of it yet (the rule asks for 2)',
  ],
  [
    'features of two models of which few are ever active',
    3,
    { universality: GOOD.universality.map((each) => ({ ...each, compared: 1 })) },
    'only 1 feature of A/1 active on 10 tokens (the rule asks for 10)',
  ],
  [
    'dictionaries of one width',
    4,
    { dictionaries: GOOD.dictionaries.map((each) => ({ ...each, features: 40 })) },
    'only 1 width of dictionaries (the rule asks for 2)',
  ],
  [
    'narrow features that are hardly active',
    4,
    { splits: { shown: [], counted: [] }, common: new Map([['A/1', 36]]) },
    'no features of a narrower dictionary active on 10 tokens (the rule asks for 10)',
  ],
  [
    'no loss to recover',
    5,
    { dictionaries: GOOD.dictionaries.map((each) => ({ ...each, lossRecovered: null })) },
    'no loss to recover: taking the activations out costs nothing, or reaches other layers too',
  ],
  [
    'losses over few tokens',
    5,
    {
      dictionaries: GOOD.dictionaries.map((each) => ({
        ...each,
        losses: { original: 4, reconstructed: 4.1, zeroAblated: 5, meanAblated: 4.5, tokens: 999 },
      })),
    },
    'only 999 tokens that losses are compared over (the rule asks for 1000)',
  ],
  ['too few texts', 6, { edges: null, cycles: [] }, 'too few texts to sample after'],
])('of a study of %s a claim says what is missing', (_, index, change, lacks) => {
  expect(claimsOf({ ...GOOD, ...change })[index]).toMatchObject({ holds: null, lacks });
});

test('a kind of text is not called specific by a handful of tokens', () => {
  const few = match(3, 0.7, 1);
  few.specificity[1] = { from: 0.5, to: 1, activeTokens: 1, onConcept: 1 };
  expect(held({ ...GOOD, proxies: [...GOOD.proxies.slice(0, 2), proxy('few', few, 0.3)] })[0]).toBe(false);
});

test('dictionaries of one width are not held against each other, and a wider one recovers more than any of them', () => {
  const twin = (recovered: number) => ({
    ...GOOD,
    dictionaries: [dictionary('A/2', 10, { lossRecovered: recovered }), ...GOOD.dictionaries],
  });
  expect(held(twin(0.7))[5]).toBe(true);
  expect(held(twin(0.9))[5]).toBe(false);
});

test('what is of the commonest kind of text is not called specific to it', () => {
  const common = { ...proxy('common', match(3, 0.1, 10), 0.05), tokens: 990 };
  expect(held({ ...GOOD, proxies: [...GOOD.proxies.slice(0, 2), common] })[0]).toBe(false);
});

test('what the bias of a dictionary recovers by itself does not count for its features', () => {
  const losses = { original: 4, reconstructed: 4.2, zeroAblated: 5, meanAblated: 4.1, tokens: 2000 };
  const biased = GOOD.dictionaries.map((each) => (each.id === 'A/0' ? { ...each, losses } : each));
  expect(held({ ...GOOD, dictionaries: biased })[5]).toBe(false);
});

test('edges that close to no cycle are a finding, and no lack', () => {
  expect(claimsOf({ ...GOOD, cycles: [] })[6]).toMatchObject({ holds: false, lacks: null });
});
