import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  RECORDS_VERSION,
  ROW_GROUP,
  RecordsError,
  openRecords,
  removeExplanations,
  writeDictionary,
  writeExplanations,
  writeFinding,
  writeStudy,
  writeText,
  writeVocabulary,
} from './index.ts';
import type { DictionaryRecord, FeatureRecord, StudyRecord } from './index.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'records-'));
});
afterEach(() => rmSync(root, { recursive: true }));

const empty = { edges: [], counts: [] };

function feature(index: number, broken = '\ufffd'): FeatureRecord {
  const link = { dictionary: 'A/2', feature: index, similarity: -0.125, cosine: null };
  return {
    index,
    activeTokens: 2 ** 40 + index,
    maxActivation: Math.PI * 1e-30,
    meanActivation: 5e-324,
    histogram: { edges: [0, 0.1, 1e300], counts: [3, 0] },
    exampleGroups: [
      {
        kind: 'top',
        level: null,
        from: 0,
        to: 1,
        activeTokens: 7,
        examples: [
          {
            tokens: [0, 1, 2, 3, 4],
            activations: [0, 0.1, 0, 2, 0],
            lossChange: [null, -0.5, null, 0, 1],
            logitChanges: [null, { risen: [{ token: 1, change: 0.5 }], fallen: [] }, null, null, null],
            at: 3,
            document: `<script>"\u0000\u202e${broken}\n`,
            domain: null,
            duplicate: true,
          },
        ],
      },
    ],
    logitWeights: {
      top: [{ token: 3, weight: 1.5 }],
      bottom: [],
      histogram: empty,
      linearity: { pearson: 0.5, atScale: 0.9, firstOrder: null, tokens: 3 },
    },
    neuronAlignment: [{ neuron: 1, coefficient: -0.5, share: 0.25 }],
    correlatedNeurons: [{ neuron: 1, pearson: -1, cosine: 1 }],
    correlatedFeatures: [{ feature: 2, pearson: 0.5, cosine: 0.25 }],
    neighbours: [link],
    parents: [],
    children: [link, link],
    twins: [{ ...link, logitWeights: 0.5, attribution: null }],
    proxies: [{ proxy: 'script:Hebrew', pearson: 0.5, specificity: 1, topSpecificity: 0.25 }],
    automaton: { into: [{ feature: 1, strength: 2, lift: 3 }], outOf: [] },
    steering: [{ prompt: '1', pinnedTo: 2, steered: '2', plain: '3' }],
    explanations: [{ explainer: 'rules', text: 'Hebrew', activationScore: 0.5, logitScore: null }],
    map: { x: 0.5, y: -1, cluster: null, order: 3 },
    singleToken: false,
    domains: [
      { domain: `עברית${broken}`, activeTokens: 9, topHalfTokens: 1 },
      { domain: 'code', activeTokens: 3, topHalfTokens: 3 },
    ],
  };
}

function dictionary(features: number): DictionaryRecord {
  return {
    version: RECORDS_VERSION,
    id: 'A/1',
    model: 'A',
    kind: 'dictionary',
    site: 'mlp-activations',
    layer: 0,
    activationWidth: 4,
    features,
    evaluationTokens: 2 ** 41,
    l0: 2.5,
    l1: null,
    cosine: null,
    shrinkage: null,
    explainedVariance: null,
    losses: null,
    lossRecovered: null,
    klDivergence: null,
    deadFeatures: 0,
    ultralowFeatures: null,
    singleTokenFeatures: null,
    explanationScores: [],
    intervalConsistency: [],
    densityHistogram: empty,
    training: null,
  };
}

const study: StudyRecord = {
  version: RECORDS_VERSION,
  name: 'test',
  models: [],
  dictionaries: ['A/1'],
  corpus: { documents: 1, bytes: 1, trainTokens: 1, validationTokens: 1, domains: [] },
  domainFeatures: [],
  universality: [],
  provenance: {
    monosema: '0',
    config: { nested: [1, 'x'] },
    adapter: { name: 'a', class: 'b', driver: 'c' },
    stages: [],
    tokenizerHash: 'h',
  },
};

function write(features: number): void {
  writeStudy(root, study);
  writeVocabulary(root, { version: RECORDS_VERSION, tokens: ['AA==', '4oCu', ''] });
  const writer = writeDictionary(root, 'A/1');
  for (let i = 0; i < features; i++) writer.append(feature(i, '\ud800'));
  writer.finish(dictionary(features));
}

test('records come back exactly as they were written, hostile text included, only lone surrogates replaced', async () => {
  const count = 2 * ROW_GROUP + 3;
  write(count);
  const records = openRecords(root);
  expect(records.study()).toEqual(study);
  expect(records.vocabulary().tokens).toEqual(['AA==', '4oCu', '']);
  expect(records.dictionary('A/1')).toEqual(dictionary(count));
  let next = 0;
  for await (const read of records.features('A/1')) {
    expect(read).toEqual(feature(next));
    next++;
  }
  expect(next).toBe(count);
  expect(await records.feature('A/1', count - 1)).toEqual(feature(count - 1));
});

test('columns hold the numbers of the features and what is derived from them', async () => {
  write(ROW_GROUP + 1);
  const columns = await openRecords(root).columns('A/1', [
    'index',
    'activeTokens',
    'dominantDomain',
    'dominantShare',
    'topToken',
    'childCount',
    'glimpses',
  ]);
  expect(columns.index).toEqual(Array.from({ length: ROW_GROUP + 1 }, (_, i) => i));
  expect(columns.activeTokens[ROW_GROUP]).toBe(2 ** 40 + ROW_GROUP);
  expect(columns.dominantDomain[0]).toBe('code');
  expect(columns.dominantShare[0]).toBe(0.75);
  expect(columns.topToken[0]).toBe(3);
  expect(columns.childCount[0]).toBe(2);
  expect(columns.glimpses[0]).toEqual([{ tokens: [0, 1, 2, 3, 4], at: 3, times: 1 }]);
});

test('a number that is not finite is refused with the file, the feature and the field', () => {
  const writer = writeDictionary(root, 'A/1');
  writer.append(feature(0));
  const spoilt = { ...feature(1), maxActivation: Number.NaN };
  expect(() => writer.append(spoilt)).toThrow(/features\.parquet: feature 1, field maxActivation: .*NaN/);
  const example = feature(1);
  example.exampleGroups[0]!.examples[0]!.activations[1] = Infinity;
  expect(() => writer.append(example)).toThrow(/field exampleGroups\.0\.examples\.0\.activations\.1/);
  writer.abort();
  expect(() => statSync(join(root, 'A/1/features.parquet.partial'))).toThrow('ENOENT');
});

test('lists that must be of one length are refused when they are not', () => {
  const writer = writeDictionary(root, 'A/1');
  const short = feature(0);
  short.exampleGroups[0]!.examples[0]!.lossChange.pop();
  expect(() => writer.append(short)).toThrow(
    'an activation, a loss change and logit changes for every token',
  );
  expect(() => writer.append({ ...feature(0), histogram: { edges: [1], counts: [1] } })).toThrow(
    'one edge more than counts',
  );
});

test('features are appended in order and all of them', () => {
  const writer = writeDictionary(root, 'A/1');
  expect(() => writer.append(feature(1))).toThrow('field index: expected 0, got 1');
  writer.append(feature(0));
  expect(() => writer.finish(dictionary(2))).toThrow('field features: expected 1');
  expect(() => statSync(join(root, 'A/1/features.parquet'))).toThrow('ENOENT');
});

test('row groups reach the disk as they fill', () => {
  const writer = writeDictionary(root, 'A/1');
  const partial = join(root, 'A/1/features.parquet.partial');
  const noise = feature(0);
  let i = 0;
  while (statSync(partial).size === 0 && i < 200 * ROW_GROUP) {
    // Numbers that do not compress, so that the writer's buffer of a megabyte fills.
    noise.histogram = {
      edges: Array.from({ length: 201 }, () => Math.random()),
      counts: Array.from({ length: 200 }, () => i),
    };
    writer.append({ ...noise, index: i++ });
  }
  expect(statSync(partial).size).toBeGreaterThan(0);
  writer.abort();
});

test('a feature of which the newer measures are missing comes back with nulls and empty lists', async () => {
  writeStudy(root, study);
  const writer = writeDictionary(root, 'A/1');
  const { map: _, singleToken: __, explanations: ___, correlatedFeatures: ____, ...old } = feature(0);
  writer.append(old);
  writer.finish(dictionary(1));
  const read = await openRecords(root).feature('A/1', 0);
  expect(read).toMatchObject({ map: null, singleToken: null, explanations: [], correlatedFeatures: [] });
});

test('a folder of another records version is refused by name', () => {
  write(1);
  const path = join(root, 'study.json');
  writeFileSync(path, readFileSync(path, 'utf8').replace(`"version": ${RECORDS_VERSION}`, '"version": 7'));
  expect(() => openRecords(root)).toThrow(/study\.json: expected records version 2, got 7/);
});

test('missing, damaged and foreign files each say which file and what to do', async () => {
  expect(() => openRecords(join(root, 'nowhere'))).toThrow(
    /nowhere\/study\.json: expected a file .*, found none; run/,
  );
  write(3);
  const path = join(root, 'A/1/features.parquet');
  const bytes = readFileSync(path);
  writeFileSync(path, bytes.subarray(0, bytes.length / 2));
  await expect(openRecords(root).feature('A/1', 0)).rejects.toThrow(
    /features\.parquet: expected a whole Parquet file/,
  );
  writeFileSync(path, bytes);
  writeFileSync(join(root, 'A/1/dictionary.json'), JSON.stringify(dictionary(4)));
  await expect(openRecords(root).feature('A/1', 0)).rejects.toThrow(/expected 4 features, .* got 3/);
  expect(() => openRecords(root).dictionary('../../etc')).toThrow(RecordsError);
});

test('a finding comes back as it was written, and one that was not looked for is null', () => {
  write(1);
  const splits = {
    version: RECORDS_VERSION,
    threshold: 0.4,
    splits: [
      {
        parent: { dictionary: 'A/0', feature: 3 },
        children: [{ dictionary: 'A/1', feature: 5, similarity: 0.5, cosine: null, tokens: [1, 2] }],
        distinctness: 1,
      },
    ],
    counted: [{ dictionary: 'A/0', split: 9, distinct: 4 }],
  } as const;
  writeFinding(root, 'splits', structuredClone(splits) as never);
  const records = openRecords(root);
  expect(records.finding('splits')).toEqual(splits);
  expect(records.finding('claims')).toBeNull();
});

test('what a language model said stands beside the rules, on its features and among the scores', async () => {
  write(3);
  const distribution = { median: 0.5, scored: 1, histogram: empty };
  const scores = { activation: distribution, logit: distribution };
  const said = { text: 'Hebrew letters', activationScore: 0.5, logitScore: null };
  writeExplanations(root, {
    version: RECORDS_VERSION,
    dictionary: 'A/1',
    explainer: 'model',
    features: [{ feature: 1, ...said }],
    asked: 2,
    scores,
  });
  const records = openRecords(root);
  const explainers = async (index: number) =>
    (await records.feature('A/1', index)).explanations.map(({ explainer }) => explainer);
  expect(await explainers(0)).toEqual(['rules']);
  expect((await records.feature('A/1', 1)).explanations[1]).toEqual({ explainer: 'model', ...said });
  expect(records.dictionary('A/1').explanationScores).toEqual([{ explainer: 'model', ...scores }]);
  const all = await Array.fromAsync(records.features('A/1'));
  expect(all.map(({ explanations }) => explanations.length)).toEqual([1, 2, 1]);
  removeExplanations(root);
  expect(openRecords(root).dictionary('A/1').explanationScores).toEqual([]);
});

test('a text is found by its id, and an id that would leave the folder is refused', () => {
  write(1);
  const text = {
    version: RECORDS_VERSION,
    id: 'dna-1',
    dictionary: 'A/1',
    document: 'd',
    tokens: [1],
    active: [[{ feature: 0, activation: 2.5 }]],
  } as const;
  writeText(root, structuredClone(text) as never);
  expect(openRecords(root).text('dna-1')).toEqual(text);
  expect(() => openRecords(root).text('../study')).toThrow(/expected the id of a text in small letters/);
});
