import { RECORDS_VERSION, writeDictionary, writeStudy, writeVocabulary } from '@monosema/trainer/records';
import type { DictionaryInput, StudyInput } from '@monosema/trainer/records';
import { FIXTURE_TOKENS, binned, fixtureFeature } from './fixture-feature.ts';
import { writeFixtureFindings } from './fixture-findings.ts';
import type { FixtureLinks } from './fixture-feature.ts';
import { fixtureTexts, fixtureVocabulary } from './fixture-text.ts';

export { writeFixturePlayground } from './fixture-playground.ts';
export { PAGE_BUDGET } from '../view/fit.ts';
export type { FeatureValues } from '../view/feature-values.ts';

/** Features of every dictionary of the fixture; the list of A/2 fills more than one page. */
export const fixtureSizes = {
  'A/0': 8,
  'A/1': 24,
  'A/2': 300,
  'B/1': 24,
  'A/neurons': 8,
  'B/neurons': 8,
  'R/1': 24,
};

/**
 * Writes a whole records folder of made-up records: dictionaries of both models and of a control, dead features,
 * hostile text.
 *
 * @param only dictionaries that are written; findings name others all the same
 */
export function writeFixture(root: string, only: readonly string[] = Object.keys(fixtureSizes)): void {
  writeVocabulary(root, {
    version: RECORDS_VERSION,
    tokens: fixtureVocabulary.map((token) => Buffer.from(token).toString('base64')),
  });
  writeStudy(root, { ...fixtureStudy(), dictionaries: [...only] });
  writeFixtureFindings(root);
  const of = (id: keyof typeof fixtureSizes) => ({ id, features: fixtureSizes[id] });
  const links: Record<string, Pick<FixtureLinks, 'parent' | 'child' | 'twin'>> = {
    'A/0': { child: of('A/1') },
    'A/1': { parent: of('A/0'), child: of('A/2'), twin: of('B/1') },
    'A/2': { parent: of('A/1') },
    'B/1': { twin: of('A/1') },
    'A/neurons': { twin: of('B/neurons') },
    'B/neurons': { twin: of('A/neurons') },
  };
  for (const [id, features] of Object.entries(fixtureSizes)) {
    if (!only.includes(id)) continue;
    const writer = writeDictionary(root, id);
    let dead = 0;
    const active: number[] = [];
    for (let index = 0; index < features; index++) {
      const feature = fixtureFeature(index, { own: id, features, neurons: 8, ...links[id] });
      if (feature.activeTokens === 0) dead++;
      else active.push(Math.log10(feature.activeTokens / FIXTURE_TOKENS));
      writer.append(
        id.endsWith('neurons') ? { ...feature, neuronAlignment: [], parents: [], children: [] } : feature,
      );
    }
    writer.finish(fixtureDictionary(id, features, dead, active));
  }
}

function fixtureDictionary(
  id: string,
  features: number,
  dead: number,
  logDensities: number[],
): DictionaryInput {
  const neurons = id.endsWith('neurons');
  return {
    version: RECORDS_VERSION,
    id,
    model: id.slice(0, 1),
    kind: neurons ? 'neurons' : id.startsWith('R') ? 'control' : 'dictionary',
    site: 'mlp-activations',
    layer: 0,
    activationWidth: 8,
    features,
    evaluationTokens: FIXTURE_TOKENS,
    l0: 1.5 + features / 40,
    explainedVariance: neurons ? null : 0.71,
    losses: neurons
      ? null
      : { original: 3.1, reconstructed: 3.3, zeroAblated: 4.1, meanAblated: 3.9, tokens: 9000 },
    lossRecovered: neurons ? null : 0.8,
    deadFeatures: dead,
    densityHistogram: binned(logDensities, -4, 0, 30),
    // No token of level 3, as of features that fire hardly or hard.
    intervalConsistency: [0, 1, 2, 4, 5, 6, 7, 8, 9, 10, null].map((level) => ({
      level,
      tokens: 20,
      expected: level === null ? 1 : (neurons ? 12 : 19) - level,
    })),
    training: neurons
      ? null
      : {
          architecture: 'standard',
          vectors: 300_000,
          l1Coefficient: 4,
          finalLoss: 12.5,
          resamplings: [{ step: 500, features: 3 }],
          history: [{ step: 1, reconstruction: 250, sparsity: 9, l0: 120, dead: 0 }],
        },
  };
}

function fixtureStudy(): StudyInput {
  const model = (id: string, seed: number) => ({
    id,
    layers: 1,
    dModel: 16,
    dMlp: 8,
    heads: 4,
    context: 64,
    vocabulary: fixtureVocabulary.length,
    activation: 'relu',
    parameters: 123_456,
    seed,
    trainingTokens: 512_000,
    validationTokens: 40_000,
    trainLoss: 3.02,
    validationLoss: 3.11,
    unigramLoss: 5.2,
    bigramLoss: 3.9,
    history: Array.from({ length: 60 }, (_, i) => ({
      step: i * 10,
      tokens: i * 8500,
      loss: 3 + 3 * Math.exp(-i / (9 + seed)),
    })),
  });
  const match = (from: string, to: string, medianCorrelation: number, spread: number) => ({
    from,
    to,
    medianCorrelation,
    compared: 24,
    histogram: binned(
      Array.from({ length: 240 }, (_, i) => medianCorrelation + spread * Math.sin(i)),
      0,
      1,
      20,
    ),
  });
  const names = Object.keys(fixtureTexts);
  return {
    version: RECORDS_VERSION,
    name: 'fixture',
    models: [
      model('A', 1),
      model('B', 2),
      {
        ...model('R', 3),
        shuffleOf: 'A',
        trainingTokens: 0,
        trainLoss: 9.1,
        validationLoss: 9.2,
        history: [],
      },
    ],
    dictionaries: Object.keys(fixtureSizes),
    corpus: {
      documents: 240,
      bytes: 2_400_000,
      trainTokens: 512_000,
      validationTokens: FIXTURE_TOKENS,
      domains: names.map((domain, i) => ({
        domain,
        documents: 12 + i,
        bytes: 200_000 - 12_000 * i,
        validationTokens: 3000,
      })),
    },
    domainFeatures: [
      'hebrew',
      'arabic',
      'korean',
      'japanese',
      'python',
      'dna',
      'base64',
      'http',
      'hostile',
    ].map((domain, i) => ({
      domain: domain === 'hostile' ? 'Hostile <i>text</i>' : domain,
      corpusDomains: [domain],
      dictionary: 'A/1',
      feature: names.indexOf(domain),
      precision: 0.98 - i * 0.05,
      recall: 0.7 - i * 0.06,
      topHalfTokens: 90,
      domainTokens: 3000,
    })),
    universality: [match('A/1', 'B/1', 0.71, 0.22), match('A/neurons', 'B/neurons', 0.42, 0.2)],
    provenance: {
      monosema: '0.1.0',
      config: { name: 'fixture', hostile: '</script><script>alert(4)</script>', nested: { list: [1, 2, 3] } },
      adapter: { name: 'none: made-up records', class: 'software', driver: 'none' },
      stages: ['tokenize', 'train-model A', 'analyse'].map((stage, i) => ({
        stage,
        hash: `${i}`.repeat(64),
        seconds: 12.5 * (i + 1),
      })),
      tokenizerHash: 'f'.repeat(64),
    },
  };
}
