import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openPlayground, type Playground } from '@monosema/trainer/browser';
import {
  openRecords,
  playgroundDictionaryFiles,
  playgroundModelFiles,
  playgroundTokenizerFile,
} from '@monosema/trainer/records';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, until, visit } from './site/browser.ts';
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
/** How the model goes on from "and" by 12 tokens, as the command says. */
let sampled: string;
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
    sampled = held.plain;
    expect(held.steered).not.toBe(held.plain);
    expect(sample()).toMatchObject({ plain: held.plain });
    expect(sample('--seed', '1').plain).not.toBe(held.plain);
    expect(() => sample('--pin', 'A/9:0=max')).toThrow(/expected a dictionary of the study/);
    expect(() => sample('--pin', 'A/1:99999=max')).toThrow(
      /^.*sample: expected a feature of A\/1 from 0 to \d+, got 99999; choose one of them/m,
    );
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

/** The playground of the records under Node, on its adapter. */
function playgroundHere(id: string): Promise<Playground> {
  const records = join(run, 'records');
  const { site, layer, tokenizer } = openRecords(records).playground()!;
  const weights = (name: string, files: { config: string; weights: string }) => ({
    name,
    config: JSON.parse(readFileSync(files.config, 'utf8')) as Record<string, unknown>,
    weights: readFileSync(files.weights),
  });
  return openPlayground({
    site: { name: site as 'mlp-activations', layer },
    tokenizer: { ...tokenizer, json: readFileSync(playgroundTokenizerFile(records), 'utf8') },
    model: weights('model', playgroundModelFiles(records, 'A')),
    dictionary: weights('dictionary', playgroundDictionaryFiles(records, id)),
  });
}

describe('the playground', () => {
  const text = 'and ראשית GATTACA <b>';
  const never = new AbortController().signal;
  let here: Playground;
  let browsers: Record<'webgpu' | 'plain', Browser>;
  let server: { port: number; close: () => void };
  beforeAll(async () => {
    const { serve } = (await import(new URL('../scripts/serve.mjs', import.meta.url).href)) as {
      readonly serve: (folder: string, firstPort: number) => Promise<typeof server>;
    };
    server = await serve(site.folder, 4850);
    here = await playgroundHere('A/1');
    browsers = {
      webgpu: await openBrowser(['--enable-unsafe-webgpu', '--use-webgpu-adapter=swiftshader']),
      plain: await openBrowser(),
    };
  });
  afterAll(async () => {
    here.close();
    server.close();
    for (const browser of Object.values(browsers)) await browser.close();
  });

  const says = (form: string, what: string): string =>
    `document.querySelector('.${form} .state').textContent.includes(${JSON.stringify(what)})`;
  /** Lists of features with their activations, as the page shows them. */
  const listed = (page: Page): Promise<[number, number][]> =>
    page.$$eval('.leading li[data-feature]', (items) =>
      items.map((item) => [
        Number(item.dataset['feature']),
        Number.parseFloat(item.querySelector('.amount')!.textContent),
      ]),
    );

  test('computes what the records say of the example texts', async () => {
    const records = openRecords(join(run, 'records'));
    const [first] = records.finding('texts')!.texts;
    const { dictionary, tokens, active } = records.text(first!.id);
    expect(dictionary).toBe('A/1');
    const found = await here.read(tokens, never);
    // Records have four digits, and other kernels may have computed them.
    found.forEach((list, i) => {
      const known = new Map(active[i]!.map(({ feature, activation }) => [feature, activation]));
      for (const { feature, activation } of list)
        if (activation > 1e-3) expect(activation / known.get(feature)!).toBeCloseTo(1, 2);
    });
    expect(found.flat().length).toBeGreaterThan(tokens.length);
  });

  const spelt = (tokens: readonly number[]): string =>
    new TextDecoder()
      .decode(
        Buffer.concat(
          tokens.map((token) => (token === here.endOfText ? Buffer.from('\n') : here.tokenBytes(token))),
        ),
      )
      // What a character is cut off of at the end waits for the rest.
      .replace(/\ufffd+$/, '');

  test('goes on as the command does', async () => {
    const drawn: number[] = [];
    const beginning = { tokens: here.encode('and'), pins: [], length: 12, seed: 0 };
    await here.goOn(beginning, never, (_, token) => drawn.push(token));
    expect(spelt(drawn)).toBe(sampled);
  });

  test.each(['webgpu', 'plain'] as const)('finds and says in a page (%s) what Node does', async (how) => {
    // Without an adapter from a folder, as a reader may have the site.
    const at = how === 'webgpu' ? new URL(`http://127.0.0.1:${server.port}/`) : site.folder;
    const { page, complaints, requests } = await visit(browsers[how], at, 'playground.html?pin=A/1:3*2');
    expect(requests.filter((address) => /compute|playground\//.test(address))).toEqual([]);
    await page.fill('textarea', text);
    await page.click('[name=read]');
    await until(page, says('ask', 'active feature'));
    expect(await page.textContent('.adapter')).toMatch(
      how === 'webgpu' ? /SwiftShader.+in software: slower/ : /plain JavaScript: expected an adapter/,
    );
    const every = here.encode(text);
    const tokens = every.slice(-16);
    // What does not fit is said.
    expect(await page.textContent('.cut')).toBe(
      `The model sees 16 tokens at once: of ${every.length}, the last 16 are read.`,
    );
    const active = await here.read(tokens, never);
    await page.click('.tokens [role=button]:nth-child(2)');
    await until(page, `document.querySelector('.leading h2').textContent.startsWith('Active on token')`);
    const [, at2 = ''] = /token (\d+)/.exec((await page.textContent('.leading h2'))!)!;
    const shown = await listed(page);
    const expected = active[Number(at2) - 1]!.slice(0, shown.length);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.map(([feature]) => feature)).toEqual(expected.map(({ feature }) => feature));
    // Three digits.
    shown.forEach(([, activation], i) => expect(activation / expected[i]!.activation).toBeCloseTo(1, 1));
    const likely = await here.next(tokens.slice(0, Number(at2)), 10, never);
    await until(page, `document.querySelector('.next small').textContent === 'after token ${at2}'`);
    const first = (): Promise<string | null> => page.textContent('.next tbody td');
    await expect
      .poll(async () => Number.parseFloat((await first())!) / 100)
      .toBeCloseTo(likely[0]!.probability, 3);

    const largest = (await openRecords(join(run, 'records')).feature('A/1', 3)).maxActivation;
    const texts: Record<'plain' | 'steered', number[]> = { plain: [], steered: [] };
    await here.goOn(
      { tokens: every, pins: [{ feature: 3, value: 2 * largest }], length: 12, seed: 5 },
      never,
      (side, token) => texts[side].push(token),
    );
    await page.fill('[name=length]', '12');
    await page.fill('[name=seed]', '5');
    await page.click('[name=go]');
    await until(page, says('going', 'Went on by 12 tokens'));
    const sides = await page.$$eval('.sides p span:last-child', (all) => all.map((each) => each.textContent));
    expect(sides.map((side) => side.replace(/\ufffd+$/, ''))).toEqual(
      [texts.steered, texts.plain].map(spelt),
    );
    expect(texts.steered).not.toEqual(texts.plain);
    expect(complaints.filter((line) => !/No available adapters/.test(line))).toEqual([]);
    expect(requests.every((address) => address.startsWith(String(how === 'webgpu' ? at : 'file:')))).toBe(
      true,
    );
    if (how === 'plain') {
      await page.evaluate(
        readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'),
      );
      const barriers = `axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + nodes[0].html))`;
      expect(await page.evaluate(barriers)).toEqual([]);
    }
    await page.context().close();
  });

  test('stops, and says so', async () => {
    const { page } = await visit(
      browsers.webgpu,
      new URL(`http://127.0.0.1:${server.port}/`),
      'playground.html',
    );
    await page.fill('[name=length]', '2000');
    await page.click('[name=go]');
    await until(page, `document.querySelector('.sides p span:last-child')?.textContent.length > 0`);
    await page.click('.going .stop');
    await until(page, says('going', 'Stopped.'));
    await page.context().close();
  });

  test('says what is wrong with weights that are missing or damaged', async () => {
    const piece = join(site.folder, 'playground', 'A', '1-0.js');
    const written = readFileSync(piece, 'utf8');
    const { page } = await visit(browsers.plain, site.folder, 'playground.html?pin=A/1:0');
    writeFileSync(piece, written.slice(0, 200) + (written[200] === 'A' ? 'B' : 'A') + written.slice(201));
    await page.click('[name=read]');
    await until(page, says('ask', 'playground/A/1 came with other bytes than the site was built with'));
    rmSync(piece);
    await page.click('[name=read]');
    await until(page, says('ask', 'playground/A/1-0.js did not load'));
    writeFileSync(piece, written);
    await page.click('[name=read]');
    await until(page, says('ask', 'active feature'));
    await page.context().close();
  });

  test('without scripts has the command, and pages of features lead to it', async () => {
    const { page } = await visit(browsers.plain, site.folder, 'playground.html', {
      javaScriptEnabled: false,
    });
    expect(await page.textContent('#playground')).toMatch(/needs scripts.+npx monosema sample/s);
    await page.context().close();
    expect(site.read('A/1/3.html')).toContain('href=../../playground.html?pin=A/1:3');
    expect(site.read('A/neurons/3.html')).not.toContain('playground.html?pin');
    expect(site.read('R/1/3.html')).not.toContain('playground.html?pin');
  });
});
