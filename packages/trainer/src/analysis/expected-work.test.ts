import { expect, test } from 'vitest';
import type { TransformerConfig } from '../model/parameters.ts';
import { expectedWork, MODEL_PARTS, type ExpectedModel, type ExpectedSource } from './expected-work.ts';

const CONFIG: TransformerConfig = {
  layers: 1,
  dModel: 64,
  heads: 4,
  dMlp: 256,
  context: 64,
  vocabulary: 1024,
  activation: 'relu',
  layerNormEpsilon: 1e-5,
  tied: false,
};
const NEURONS: ExpectedSource = { kind: 'neurons', features: 256, active: 80 };
const dictionary = (features: number): ExpectedSource => ({ kind: 'dictionary', features, active: 20 });
const model = (letter: string, sources: readonly ExpectedSource[], steers = false): ExpectedModel => ({
  letter,
  config: CONFIG,
  sources,
  steers,
});
const ANALYSIS = { tokens: 65_536, lossTokens: 16_384, window: 24, examples: 79 };

test('every part of every model is expected, and none where nothing is done', () => {
  const work = expectedWork(
    [
      model('A', [NEURONS, dictionary(1024)], true),
      model('B', [NEURONS, dictionary(1024)]),
      model('R', [dictionary(1024)]),
    ],
    ANALYSIS,
  );
  expect([...work.keys()].toSorted()).toEqual(
    [
      'relations',
      'text',
      ...['A', 'B', 'R'].flatMap((letter) =>
        ['activations', ...MODEL_PARTS].map((part) => `${part} of ${letter}`),
      ),
    ].toSorted(),
  );
  const none = [...work].filter(([, seconds]) => seconds === 0).map(([part]) => part);
  expect(none.toSorted()).toEqual([
    'automata of B',
    'automata of R',
    'map of R',
    'steering of B',
    'steering of R',
  ]);
});

test('the pass grows with tokens times features, records with features, relations with pairs that are active', () => {
  const of = (features: number, tokens: number, active = 20) =>
    expectedWork([model('A', [{ ...dictionary(features), active }])], { ...ANALYSIS, tokens, lossTokens: 0 });
  const [base, tokens, features, active] = [of(1e5, 1e6), of(1e5, 2e6), of(2e5, 1e6), of(1e5, 1e6, 40)];
  const times = (which: ReadonlyMap<string, number>, part: string) =>
    which.get(part)! / base.get(part as 'relations')!;
  expect(times(tokens, 'activations of A')).toBeCloseTo(2, 9);
  expect(times(features, 'activations of A')).toBeGreaterThan(1.8);
  expect(times(tokens, 'records of A')).toBe(1);
  expect(times(features, 'records of A')).toBe(2);
  expect(times(active, 'relations')).toBeCloseTo(4, 9);
});
