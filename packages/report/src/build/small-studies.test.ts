import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import { gzipSync } from 'node:zlib';
import {
  RECORDS_VERSION,
  openRecords,
  writeDictionary,
  writeStudy,
  writeVocabulary,
} from '@monosema/trainer/records';
import type { FeatureInput } from '@monosema/trainer/records';
import { afterAll, expect, test } from 'vitest';
import { PAGE_BUDGET } from '../testing/index.ts';
import { binned, fixtureFeature } from '../testing/fixture-feature.ts';
import { fixtureVocabulary } from '../testing/fixture-text.ts';
import { featurePage } from '../view/feature-page.ts';
import { homeLead } from '../view/home-page.ts';
import { methodPage } from '../view/method-page.ts';
import { shortPage } from '../view/short-page.ts';
import { featuresCsv } from './features-csv.ts';
import { columnsFile, rowsFile } from './list-data.ts';
import { loadSite } from './load-site.ts';
import { renderFindings, renderHome, renderLists } from './pages.ts';
import { recordsFile } from './records-files.ts';

const root = mkdtempSync(join(tmpdir(), 'small-studies-'));
afterAll(() => rmSync(root, { recursive: true }));

/** Bytes of the layout around a body, about. */
const SHELL = 2500;

interface Study {
  dictionaries: Record<string, readonly FeatureInput[]>;
  evaluationTokens?: number;
  tokens?: readonly Uint8Array[];
}

/** Writes a study that found nothing across features. */
function write(
  name: string,
  { dictionaries, evaluationTokens = 40_000, tokens = fixtureVocabulary }: Study,
): string {
  const folder = join(root, name);
  writeVocabulary(folder, {
    version: RECORDS_VERSION,
    tokens: tokens.map((token) => Buffer.from(token).toString('base64')),
  });
  for (const [id, features] of Object.entries(dictionaries)) {
    const writer = writeDictionary(folder, id);
    for (const [index, feature] of features.entries()) writer.append({ ...feature, index });
    writer.finish({
      version: RECORDS_VERSION,
      id,
      model: id.slice(0, 1),
      kind: id.endsWith('neurons') ? 'neurons' : id.startsWith('R') ? 'control' : 'dictionary',
      site: 'mlp-activations',
      layer: 0,
      activationWidth: 8,
      features: features.length,
      evaluationTokens,
      l0: 0,
      explainedVariance: null,
      losses: null,
      lossRecovered: null,
      deadFeatures: features.filter(({ activeTokens }) => activeTokens === 0).length,
      densityHistogram: binned([], -4, 0, 10),
      training: null,
    });
  }
  writeStudy(folder, {
    version: RECORDS_VERSION,
    name,
    models: [],
    dictionaries: Object.keys(dictionaries),
    corpus: { documents: 0, bytes: 0, trainTokens: 0, validationTokens: 0, domains: [] },
    domainFeatures: [],
    universality: [],
    provenance: {
      monosema: '0.1.0',
      config: {},
      adapter: { name: 'none', class: 'software', driver: 'none' },
      stages: [],
      tokenizerHash: '0'.repeat(64),
    },
  });
  return folder;
}

/** Every page of a study by its path, as far as the renderers make it. */
async function pagesOf(folder: string): Promise<Map<string, string>> {
  const records = openRecords(folder);
  const site = await loadSite(records, 'Small');
  const pages = new Map([
    ['index.html', homeLead(site) + (await renderHome(site, records)).body],
    ['method.html', methodPage(site).body],
  ]);
  for (const page of renderFindings(site, records)) pages.set(page.path, page.body);
  for (const [id, view] of site.dictionaries) {
    for (const page of renderLists(site, view)) pages.set(page.path, page.body);
    pages.set(`${id}/features.csv`, featuresCsv(view));
    expect(site.records?.get(id)).toBe(statSync(join(folder, recordsFile(id))).size);
    pages.set(recordsFile(id), '');
    expect(columnsFile(site, view) + rowsFile(view, 0)).not.toContain('null');
    for await (const feature of records.features(id)) {
      const { page } = featurePage(site, view, feature, { shell: SHELL, values: 'data/values-0.js' });
      pages.set(page.path, page.body);
      expect(shortPage(site, view, feature).body).not.toMatch(/NaN|undefined|Infinity/);
    }
  }
  return pages;
}

/** What should never be read on a page, and links to pages that there are not. */
function flawsOf(pages: ReadonlyMap<string, string>): string[] {
  const flaws: string[] = [];
  for (const [path, body] of pages) {
    for (const [found] of body.matchAll(/.{0,40}(?:NaN|undefined|Infinity|\[object).{0,20}/g))
      flaws.push(`${path}: ${found}`);
    for (const [, address = ''] of body.matchAll(/<a [^>]*?href="?([^"#?>\s]+)/g)) {
      const target = posix.join(posix.dirname(path), address);
      if (!pages.has(target)) flaws.push(`${path}: no page ${target}`);
    }
  }
  return flaws;
}

const features = (id: string, count: number, from = 0): FeatureInput[] =>
  Array.from({ length: count }, (_, i) => {
    const feature = fixtureFeature(from + i, { own: id, features: count, neurons: 8 });
    return { ...feature, proxies: [] };
  });

/** Of the fixture's features the seventeenth never fires. */
const dead = (id: string): FeatureInput[] => features(id, 1, 16);

test.for<[string, Study]>([
  ['a dictionary of one feature', { dictionaries: { 'A/1': features('A/1', 1) } }],
  ['a dictionary of one feature that never fires', { dictionaries: { 'A/1': dead('A/1') } }],
  ['no evaluation tokens at all', { dictionaries: { 'A/1': dead('A/1') }, evaluationTokens: 0 }],
  ['neurons alone', { dictionaries: { 'A/neurons': features('A/neurons', 3) } }],
  [
    'two dictionaries without neurons and control',
    { dictionaries: { 'A/0': features('A/0', 3), 'A/1': features('A/1', 4) } },
  ],
  [
    'a control without a second model',
    { dictionaries: { 'A/1': features('A/1', 4), 'R/1': features('R/1', 4) } },
  ],
])('%s makes a whole site', async ([name, study]) => {
  const pages = await pagesOf(write(name.replaceAll(' ', '-'), study));
  expect(flawsOf(pages)).toEqual([]);
  expect([...pages.keys()]).toContain('index.html');
});

test('tokens of ten thousand characters, in any direction and in no encoding, keep the budget of a page', async () => {
  const long = ['<script>"&', 'שלום ', '漢字', '\u202e', 'TWFueSBoYW5k'].map((text) =>
    Buffer.from(text.repeat(Math.ceil(10_000 / text.length))),
  );
  const bytes = Buffer.from(Array.from({ length: 10_000 }, (_, i) => 0x80 + ((i * 37) % 128)));
  const tokens = [...fixtureVocabulary, ...long, bytes];
  const added = tokens.length - fixtureVocabulary.length;
  const hostile = features('A/1', added).map((feature, i): FeatureInput => {
    const own = fixtureVocabulary.length + i;
    return {
      ...feature,
      exampleGroups: feature.exampleGroups.map((group) => ({
        ...group,
        examples: group.examples.map((example) => ({ ...example, tokens: example.tokens.map(() => own) })),
      })),
      logitWeights: {
        ...feature.logitWeights,
        top: feature.logitWeights.top.map(({ weight }) => ({ token: own, weight })),
      },
    };
  });
  const pages = await pagesOf(write('long', { dictionaries: { 'A/1': hostile }, tokens }));
  expect(flawsOf(pages)).toEqual([]);
  for (let i = 0; i < added; i++) {
    const body = pages.get(`A/1/${i}.html`) ?? '';
    expect(body).not.toContain('<script');
    expect(SHELL + Buffer.byteLength(body), `of feature ${i}`).toBeLessThanOrEqual(PAGE_BUDGET.raw);
    expect(1000 + gzipSync(body).length, `of feature ${i}`).toBeLessThanOrEqual(PAGE_BUDGET.compressed);
  }
});
