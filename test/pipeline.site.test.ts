import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openRecords } from '@monosema/trainer/records';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, visit } from './site/browser.ts';
import { buildSite, SITES, type BuiltSite } from './site/fixture-site.ts';

const root = join(SITES, 'pipeline');
const run = join(root, 'run');
const command = fileURLToPath(new URL('../packages/trainer/bin/monosema.mjs', import.meta.url));

/** Text that breaks what trusts it, each in many documents, so that both parts of the split hold some. */
const hostile = [
  `<script>alert('pwned')</script><img src=x onerror=alert(1)> & "quotes" 'single' </p></html>`,
  'left \u202eright\u202c and \u200bnothing, \ufeffmark, \u0000null\u0000, \u001b[31mred',
  'half \ud83d of a pair \ude00 and \ud800 alone',
  'בראשית ברא אלהים את השמים ואת הארץ',
  'GATTACACATCATTAGGACATTACAGGATCC',
];

/** One megabyte without a space. */
const solid = 'QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo'.repeat(30_000);

function writeCorpus(): void {
  const documents = hostile.flatMap((text, kind) =>
    Array.from({ length: 40 }, (_, i) => ({
      id: `${kind}<${i}>`,
      domain: `kind-${kind}`,
      text: `${i} ${text}\n`.repeat(12),
    })),
  );
  documents.push({ id: 'solid', domain: 'solid', text: solid });
  mkdirSync(join(root, 'corpus'), { recursive: true });
  writeFileSync(
    join(root, 'corpus', 'all.jsonl'),
    documents.map((document) => JSON.stringify(document)).join('\n'),
  );
}

const study = {
  name: 'pipeline',
  corpus: { path: 'corpus', validationFraction: 0.2 },
  tokenizer: { vocabulary: 300, sampleBytes: 100_000 },
  transformer: { dModel: 16, heads: 2, dMlp: 32, context: 16, tokens: 20_480, batchContexts: 16 },
  dictionaries: {
    vectors: 8_192,
    batch: 128,
    positionsPerContext: 8,
    bufferVectors: 1_024,
    resampling: { atFractions: [0.5], windowVectors: 1_024, sampleVectors: 512 },
    list: [
      { id: 'A/0', expansion: 1, l1Coefficient: 1 },
      { id: 'A/1', expansion: 2, l1Coefficient: 1 },
      { id: 'A/2', expansion: 4, l1Coefficient: 1 },
      { id: 'B/1', expansion: 2, l1Coefficient: 1 },
      { id: 'R/1', expansion: 2, l1Coefficient: 1 },
    ],
  },
  analysis: {
    evaluationTokens: 2_048,
    lossTokens: 1_024,
    topExamples: 6,
    examplesPerInterval: 2,
    window: 12,
    domains: [{ name: 'Hebrew', scripts: ['Hebrew'] }],
  },
};

function monosema(...args: string[]): string {
  return execFileSync(process.execPath, [command, ...args], {
    encoding: 'utf8',
    cwd: root,
    timeout: 300_000,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

let said: string;
let site: BuiltSite;
beforeAll(() => {
  rmSync(root, { recursive: true, force: true });
  writeCorpus();
  writeFileSync(join(root, 'study.json'), JSON.stringify(study));
  said = monosema('run', 'study.json', '--out', run, '--json');
  site = buildSite(root, 'run/records', 'From text to pages');
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

describe('from text to a built site', () => {
  test('every stage finishes, and a second run redoes none', () => {
    const stages = said
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { stage: string }).stage);
    expect(stages).toEqual([
      'tokenize',
      'train-model A',
      'train-model B',
      'shuffle-model R',
      'train-dictionary A',
      'train-dictionary B',
      'train-dictionary R',
      'analyze',
    ]);
    const again = monosema('run', 'study.json', '--out', run, '--json').trim().split('\n');
    expect(again.map((line) => (JSON.parse(line) as { upToDate: boolean }).upToDate)).toEqual(
      stages.map(() => true),
    );
  });

  test('records of which a bit has changed are made again', () => {
    const path = join(run, 'records', 'A', '1', 'features.parquet');
    const written = readFileSync(path);
    const flipped = Buffer.from(written);
    flipped[flipped.length >> 1]! ^= 1;
    writeFileSync(path, flipped);
    const stages = monosema('run', 'study.json', '--out', run, '--json').trim().split('\n');
    expect(stages.map((line) => (JSON.parse(line) as { upToDate: boolean }).upToDate)).toEqual(
      stages.map((_, i) => i < stages.length - 1),
    );
    expect(readFileSync(path).equals(written)).toBe(true);
  });

  test('the model goes on from a prompt, the same with the same seed, and otherwise with a feature held', () => {
    const sample = (...more: string[]) =>
      JSON.parse(
        monosema(
          'sample',
          'study.json',
          '--out',
          run,
          '--prompt',
          'and',
          '--tokens',
          '12',
          '--json',
          ...more,
        ),
      ) as { plain: string; steered?: string };
    const held = sample('--pin', 'A/1:0=40', '--pin', 'A/2:3=max');
    expect(held.steered).not.toBe(held.plain);
    expect(sample()).toMatchObject({ plain: held.plain });
    expect(sample('--seed', '1').plain).not.toBe(held.plain);
    expect(() => sample('--pin', 'A/9:0=max')).toThrow(/expected a dictionary of the study/);
  });

  test('no document is in both parts of the split', async () => {
    const part = (name: string) =>
      site
        .read(join('..', 'run', 'tokens', `${name}.documents.jsonl`))
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { id: string }).id);
    const [train, validation] = [part('train'), part('validation')];
    expect(train.length + validation.length).toBe(hostile.length * 40 + 1);
    expect(validation.length).toBeGreaterThan(0);
    expect(train.filter((id) => validation.includes(id))).toEqual([]);
  });

  test('the records say what was measured, and widths recover more of the loss than nothing at all', async () => {
    const records = openRecords(join(run, 'records'));
    for (const id of ['A/0', 'A/1', 'A/2', 'B/1', 'R/1']) {
      const { l0, features, evaluationTokens, losses } = records.dictionary(id);
      expect(evaluationTokens).toBe(2_048);
      expect(l0).toBeGreaterThan(0);
      expect(l0).toBeLessThanOrEqual(features);
      expect(losses!.reconstructed).toBeGreaterThan(losses!.original - 0.05);
    }
    const [a, b, control] = records.study().models;
    for (const { validationLoss, unigramLoss } of [a!, b!]) expect(validationLoss).toBeLessThan(unigramLoss);
    // The control has the same weights in other places, and has forgotten what they were for.
    expect(control).toMatchObject({ id: 'R', shuffleOf: 'A', unigramLoss: a!.unigramLoss });
    expect(control!.validationLoss).toBeGreaterThan(a!.validationLoss + 0.1);
    expect(records.dictionary('R/1').kind).toBe('control');
  });

  test('pages exist for every feature and neuron, and the text of the corpus is never markup', async () => {
    for (const [id, count] of [
      ['A/0', 32],
      ['A/1', 64],
      ['A/2', 128],
      ['B/1', 64],
      ['A/neurons', 32],
      ['B/neurons', 32],
      ['R/1', 64],
    ] as const) {
      for (let index = 0; index < count; index++) expect(site.files).toContain(`${id}/${index}.html`);
    }
    for (const file of site.files.filter((name) => name.endsWith('.html'))) {
      expect(site.read(file), file).not.toMatch(/<script>alert|<img src=x|onerror=alert\(1\)>/);
      // Nobody has said where this site will be.
      expect(site.read(file), file).not.toMatch(/rel="canonical"|og:image/);
    }
    expect(site.files.filter((name) => /sitemap|CITATION/.test(name))).toEqual([]);
    const browser = await openBrowser();
    try {
      for (const file of ['index.html', 'A/1/index.html', 'A/1/0.html', 'A/2/5.html', 'A/neurons/3.html']) {
        const { page, complaints, requests } = await visit(browser, site.folder, file);
        expect(complaints, file).toEqual([]);
        expect(requests.filter((address) => !address.startsWith('file:'))).toEqual([]);
        await page.context().close();
      }
    } finally {
      await browser.close();
    }
  });
});
