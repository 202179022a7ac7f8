import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createRequire } from 'node:module';
import { join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';
import { gzipSync } from 'node:zlib';
import { PAGE_BUDGET, fixtureSizes } from '@monosema/report/testing';
import type { FeatureValues } from '@monosema/report/testing';
import { openRecords } from '@monosema/trainer/records';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, until, visit } from './site/browser.ts';
import { SITE_ADDRESS, buildFixtureSite } from './site/fixture-site.ts';
import type { BuiltSite } from './site/fixture-site.ts';

const kinds = [
  'index.html',
  'claims.html',
  'compare.html',
  'proxies.html',
  'splits.html',
  'automata.html',
  'texts/index.html',
  'texts/hebrew.html',
  'rate.html',
  'method.html',
  'A/2/index.html',
  'A/1/11.html',
  'A/1/6.html',
  'A/neurons/6.html',
  'A/1/16.html',
];

/** One page of each kind, for the slowest check. */
const judged = ['index.html', 'claims.html', 'texts/hebrew.html', 'A/1/index.html', 'A/1/11.html'];

let site: BuiltSite;
let browser: Browser;
beforeAll(async () => {
  site = buildFixtureSite();
  browser = await openBrowser();
});
afterAll(async () => {
  await browser?.close();
});

/** Start tags of a page. Our attributes escape `>`, so a tag ends at the first one. */
function tags(file: string): string[] {
  return site.read(file).match(/<[a-z][^>]*>/gi) ?? [];
}

/** Addresses in a page, resolved against its own. */
function links(file: string): string[] {
  return tags(file)
    .filter((tag) => !tag.includes('rel="canonical"'))
    .flatMap((tag) => [...tag.matchAll(/\s(?:href|src)=(?:"([^"]*)"|([^\s>"]+))/g)])
    .map((match) => match[1] ?? match[2] ?? '')
    .filter((address) => !address.startsWith('data:') && !address.startsWith('#'))
    .map((address) => (/^([a-z]+:|\/)/.test(address) ? address : posix.join(posix.dirname(file), address)));
}

/** What the file of values that a feature's page names hands to it. */
function storedValues(page: string): FeatureValues {
  const [, file, index] = /data-values=(\S+)#(\d+)/.exec(site.read(page))!;
  let given: FeatureValues | undefined;
  // oxlint-disable-next-line no-implied-eval, no-new-func
  new Function('monosemaValues', site.read(posix.join(posix.dirname(page), file!)))(
    (values: Record<string, FeatureValues>) => (given = values[index!]),
  );
  return given!;
}

/** Numbers as pages write them. */
const fixed = (value: number): string =>
  (Number(value.toFixed(2)) === 0 ? '' : value < 0 ? '\u2212' : '+') + Math.abs(value).toFixed(2);
const significant = (value: number): string =>
  value === 0 ? '0' : value.toFixed(Math.min(6, Math.max(0, 2 - Math.floor(Math.log10(value)))));

interface Said {
  facts: string;
  weights: string[];
  links: Record<string, string[]>;
  neurons: string[];
  domains: string[];
  bars: number;
  groups: { activation: string; centre: string }[][];
}

/** What a feature's page says, read in the page. */
const readPage = `(() => {
  const texts = (selector) => [...document.querySelectorAll(selector)].map((each) => each.textContent);
  return {
    facts: document.querySelector('.facts').textContent,
    weights: texts('#logits td + td'),
    links: Object.fromEntries(['splitting', 'twins', 'neighbours'].map((id) => [id, texts('#' + id + ' :is(li, th) a')])),
    neurons: texts('#neurons tbody th'),
    domains: texts('#domains tbody th'),
    bars: document.querySelectorAll('#activations svg, #logits svg').length,
    groups: [...document.querySelectorAll(':is(.lead, .rest) > section:not(#near)')].map((group) => [...group.querySelectorAll('li')].map((line) => ({
      activation: line.firstChild.textContent,
      centre: line.querySelector('p b').textContent,
    }))),
  };
})()` as unknown as () => Said;

describe('the files', () => {
  test('the build prints no warning and writes a page for every feature', () => {
    expect(site.output).not.toMatch(/warn/i);
    for (const [id, features] of Object.entries(fixtureSizes)) {
      for (let index = 0; index < features; index++) expect(site.files).toContain(`${id}/${index}.html`);
    }
    expect(site.files).not.toContain('monosema-shell.html');
  });

  test('every address is relative and leads to a file, and every page is reached from the first', () => {
    const reached = new Set(['index.html']);
    for (const file of reached) {
      for (const address of links(file)) {
        const target = address.replace(/[?#].*/, '');
        expect(site.files.includes(target), `${file} links to ${address}`).toBe(true);
        if (target.endsWith('.html')) reached.add(target);
      }
    }
    expect(site.files.filter((file) => file.endsWith('.html') && !reached.has(file))).toEqual(['404.html']);
  });

  test('every page names its own address and what a preview says of it, and the sitemap has exactly these', () => {
    const addresses = new Set<string>();
    for (const file of site.files.filter((each) => each.endsWith('.html') && each !== '404.html')) {
      const page = site.read(file);
      const content = (property: string): string | undefined =>
        new RegExp(`<meta[^>]* property="${property}" content="([^"]*)"`).exec(page)?.[1];
      const address = `${SITE_ADDRESS}${file.replace(/(^|\/)index\.html$/, '$1')}`;
      expect(page, file).toContain(`<link rel="canonical" href="${address}">`);
      expect(content('og:title'), file).toBeTruthy();
      expect(content('og:description'), file).toBeTruthy();
      // The picture is the page's own, its dictionary's, or the site's, of a size that previews take.
      const picture = content('og:image')!;
      expect(picture.startsWith(SITE_ADDRESS), file).toBe(true);
      const png = readFileSync(join(site.folder, picture.slice(SITE_ADDRESS.length)));
      expect([png.toString('latin1', 1, 4), png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([
        'PNG',
        1200,
        630,
      ]);
      addresses.add(address);
    }
    const pictures = site.files.filter((file) => file.endsWith('.png'));
    // One of each dictionary, and those of the features that the home page shows.
    expect(pictures.filter((file) => file.endsWith('/card.png'))).toHaveLength(
      Object.keys(fixtureSizes).length,
    );
    expect(pictures.length).toBeGreaterThan(Object.keys(fixtureSizes).length + 3);
    expect(pictures.length).toBeLessThan(60);
    expect(site.read('A/1/6.html')).toMatch(/property="og:title" content="A\/1 feature 6: “/);
    expect(site.read('A/1/6.html')).toMatch(/property="og:description" content="A\/1 feature 6 fires on /);
    const locations = (file: string): string[] =>
      [...site.read(file).matchAll(/<loc>(.*?)<\/loc>/g)].map(([, location]) => location!);
    const maps = locations('sitemap-index.xml').map((map) => map.slice(SITE_ADDRESS.length));
    expect(maps.flatMap(locations).toSorted()).toEqual([...addresses].toSorted());
  });

  test('the site says how it is cited, and hands out the records that its pages are made of', () => {
    const cited = site.read('CITATION.cff');
    expect(cited).toContain('title: "A <b>fixture</b>"');
    expect(cited).toContain('  - name: "Anna \\"A\\" Ant"');
    expect(cited).toContain(`url: "${SITE_ADDRESS}"`);
    for (const id of Object.keys(fixtureSizes)) {
      const file = `${id}/features.parquet`;
      const [given, made] = [site.folder, join(site.folder, '../records')].map((folder) =>
        readFileSync(join(folder, file)),
      );
      expect(given!.equals(made!), file).toBe(true);
      expect(links(`${id}/0.html`)).toContain(file);
    }
    // What the pages of the site were made by stands at the foot of each.
    const hash = openRecords(join(site.folder, '../records')).study().provenance.stages.at(-1)!.hash;
    expect(site.read('A/1/6.html')).toContain(hash.slice(0, 12));
  });

  test('no page holds a script but those of the site, nor anything else that runs', () => {
    const allowed =
      /^<(html|head|meta|title|link|script|body|a|header|nav|main|footer|section|aside|div|p|h[1-3]|b|i|em|strong|bdi|small|span|abbr|cite|code|pre|details|summary|sub|sup|br|blockquote|ul|ol|li|dl|dt|dd|table|caption|thead|tbody|tfoot|tr|th|td|figure|figcaption|svg|path|text|circle|button|i|u|g|[a-jo]-[1-6]?|[mnst]-)[\s>]/;
    for (const file of site.files.filter((each) => each.endsWith('.html') && each !== '404.html')) {
      const found = tags(file);
      const scripts = found.filter((tag) => tag.startsWith('<script'));
      expect(scripts.length, file).toBe(
        /^([ABR]\/\w+\/(index|by-)|splits|automata|rate|texts\/(?!index))/.test(file) ? 3 : 2,
      );
      expect(
        scripts.every((tag) => / src="[^"]*assets\/\w+\.\w+\.js"/.test(tag)),
        file,
      ).toBe(true);
      expect(
        found.filter((tag) => !allowed.test(tag) || /\son\w+=/.test(tag)),
        file,
      ).toEqual([]);
      expect(site.read(file).isWellFormed(), file).toBe(true);
      expect(site.read(file).includes('Content-Security-Policy'), file).toBe(true);
    }
  });

  test('the home page shows every claim in a picture, and features that their figures chose', () => {
    const home = site.read('index.html');
    const cards = home
      .slice(home.indexOf('class=cards'), home.indexOf('id=recognise'))
      .split('<li>')
      .slice(1);
    // The eighth leads to the rating.
    expect(cards).toHaveLength(8);
    expect(cards.at(-1)).toContain('href=rate.html');
    expect(cards.filter((card) => card.includes('<svg')).length).toBeGreaterThanOrEqual(4);
    // The fixture's widest lead of a feature over a neuron, its first split, its first cycle that holds.
    expect(home).toContain('Furthest from any neuron');
    expect(home).toContain('Tracks proxy 0 by 0.80 (Pearson); the best of the neurons manages 0.30.');
    expect(home).toContain('Of the 3 features in A/1 that are most like it, no two share');
    expect(home).toContain('Held at its largest activation it makes');
    expect(home.match(/<div class=contrast>.*?<\/section>/s)?.[0].match(/<cite>/g)?.length).toBeGreaterThan(
      8,
    );
  });

  test('the method page says where the study differs from the paper, hashes whole, and how training went', () => {
    const page = site.read('method.html');
    expect(page).toMatch(/residual width, MLP width<\/th><td class=text>128, 512<td class=text>16, 8/);
    expect(page).toContain('0'.repeat(64));
    for (const place of page.match(/<nav class="contents".*?<\/nav>/s)?.[0].match(/#[\w-]+/g) ?? ['none'])
      expect(page, place).toMatch(new RegExp(`id="?${place.slice(1)}[" >]`));
  });

  test('a page of a feature weighs at most 25 KB, compressed 8 KB', () => {
    const pages = site.files.filter((file) => /\/\d+\.html$/.test(file));
    expect(pages.length).toBeGreaterThan(300);
    for (const file of pages) {
      const html = site.read(file);
      expect(Buffer.byteLength(html), file).toBeLessThanOrEqual(PAGE_BUDGET.raw);
      expect(gzipSync(html).length, file).toBeLessThanOrEqual(PAGE_BUDGET.compressed);
    }
  });

  test('the home page weighs at most 150 KB', () => {
    expect(Buffer.byteLength(site.read('index.html'))).toBeLessThanOrEqual(150_000);
  });

  test('style and scripts that all pages share are at most 12 KB compressed', () => {
    const assets = site.files.filter((file) => /^assets\/(main|theme|Page)\./.test(file));
    expect(assets).toHaveLength(3);
    const bytes = assets.map((file) => gzipSync(site.read(file)).length).reduce((a, b) => a + b, 0);
    expect(bytes).toBeLessThan(12_000);
  });

  test('the script and style of a kind of page are at most 12 KB compressed together', () => {
    for (const kind of ['browse', 'splits', 'automata', 'text']) {
      const files = site.files.filter((file) => file.startsWith(`assets/${kind}.`));
      expect(files).toHaveLength(2);
      const bytes = files.map((file) => gzipSync(site.read(file)).length).reduce((a, b) => a + b, 0);
      expect(bytes, kind).toBeLessThan(12_000);
    }
  });
});

describe('in a browser', () => {
  test.each(kinds)('%s opens from a folder without a complaint or a request to anyone else', async (file) => {
    const { page, complaints, requests } = await visit(browser, site.folder, file);
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith('file:') && !url.startsWith('data:'))).toEqual([]);
    await page.context().close();
  });

  test.each(kinds)(
    '%s fits a phone, and a screen enlarged four times, without scrolling sideways',
    async (file) => {
      const { page } = await visit(browser, site.folder, file, { viewport: { width: 390, height: 844 } });
      for (const width of [390, 320]) {
        await page.setViewportSize({ width, height: 844 });
        expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width);
      }
      await page.context().close();
    },
  );

  test.each(judged)('%s has no barrier that axe knows, in light, dark and forced colours', async (file) => {
    const { page } = await visit(browser, site.folder, file);
    await page.evaluate(readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    for (const [colorScheme, forcedColors] of [
      ['light', 'none'],
      ['dark', 'none'],
      ['dark', 'active'],
    ] as const) {
      await page.emulateMedia({ colorScheme, forcedColors });
      const violations = await page.evaluate(
        `axe.run({ rules: { 'target-size': { enabled: true }, 'label-content-name-mismatch': { enabled: true } } }).then(({ violations }) => violations.map(({ id, impact, nodes }) => ({ id, impact, at: nodes.slice(0, 3).map(({ target, failureSummary }) => target + ': ' + failureSummary) })))`,
      );
      expect(violations, `${colorScheme}, forced colours ${forcedColors}`).toEqual([]);
    }
    await page.context().close();
  });

  test('without scripts a feature page shows every panel and all of its text', async () => {
    const { page } = await visit(browser, site.folder, 'A/1/6.html', { javaScriptEnabled: false });
    for (const id of [
      'splitting',
      'activations',
      'logits',
      'domains',
      'twins',
      'neighbours',
      'neurons',
      'top',
      'i8',
      'i1',
    ]) {
      expect(await page.locator(`#${id}`).isVisible(), id).toBe(true);
    }
    expect(await page.locator('#top j-, #top :is(j-1, j-2, j-3, j-4, j-5, j-6)').count()).toBeGreaterThan(5);
    expect(await page.locator('.ex [dir=rtl]').count()).toBeGreaterThan(10);
    expect(await page.locator('#splitting .down a').count()).toBe(3);
    await page.locator('a[rel=next]').click();
    expect(page.url()).toContain('A/1/7.html');
    await page.context().close();
  });

  test('fifty features, drawn evenly, have pages that say what the records say', async () => {
    const records = openRecords(join(site.folder, '../records'));
    const all = Object.entries(fixtureSizes).flatMap(([id, size]) =>
      Array.from({ length: size }, (_, index) => ({ id, index })),
    );
    const context = await browser.newContext({ javaScriptEnabled: false });
    const page = await context.newPage();
    const vocabulary = records.vocabulary().tokens.map((token) => Buffer.from(token, 'base64').toString());
    for (let i = 0; i < 50; i++) {
      const { id, index } = all[Math.floor(((i * 0.6180339887) % 1) * all.length)]!;
      const record = await records.feature(id, index);
      await page.goto(pathToFileURL(join(site.folder, `${id}/${index}.html`)).href);
      const said = await page.evaluate(readPage);
      const where = `${id}/${index}`;
      const dead = record.activeTokens === 0;
      expect(said.facts, where).toContain(record.activeTokens.toLocaleString('en-GB'));
      expect(said.weights, where).toEqual(
        [...record.logitWeights.top, ...record.logitWeights.bottom].map(({ weight }) => fixed(weight)),
      );
      for (const [panel, links] of [
        ['splitting', [...record.parents, ...record.children]],
        ['twins', record.twins],
        ['neighbours', record.neighbours],
      ] as const) {
        const wanted = links.map((link) => `${link.dictionary}·${link.feature}`);
        expect(said.links[panel] ?? [], `${where} ${panel}`).toEqual(wanted);
      }
      expect(said.neurons, where).toEqual(
        [...record.neuronAlignment, ...record.correlatedNeurons].map(({ neuron }) =>
          id.startsWith('R') ? `neuron ${neuron}` : `${id.slice(0, 1)}/neurons·${neuron}`,
        ),
      );
      expect(said.domains, where).toEqual(record.domains.map(({ domain }) => domain));
      expect(said.bars, where).toBe(dead ? 1 : 2);
      expect(said.groups.length, where).toBe(record.exampleGroups.length);
      for (const [at, group] of record.exampleGroups.entries()) {
        const shown = said.groups[at]!;
        expect(shown.length, where).toBeGreaterThanOrEqual(Math.min(5, group.examples.length));
        for (const [line, example] of shown.entries()) {
          const { tokens, activations, at: centre } = group.examples[line]!;
          expect(said.groups[at]![line]!.activation, where).toBe(significant(activations[centre]!));
          // Where a token is no part of a character and has no sign, its text is on the line.
          const token = vocabulary[tokens[centre]!]!;
          if (/^[ -~]+$/.test(token)) expect(example.centre, where).toBe(token);
        }
      }
    }
    await context.close();
  });

  test('pages of features have at most 1,600 elements, scripts and all', async () => {
    const { page } = await visit(browser, site.folder, 'A/1/6.html');
    for (const index of [6, 7, 11]) {
      await page.goto(pathToFileURL(join(site.folder, `A/1/${index}.html`)).href);
      expect(await page.locator('*').count()).toBeLessThanOrEqual(1600);
    }
    await page.context().close();
  });

  test('a reader without a pointer reaches everything, and sees where they are', async () => {
    const { page } = await visit(browser, site.folder, 'A/1/6.html');
    await page.keyboard.press('Tab');
    expect(await page.evaluate('document.activeElement.className')).toBe('skip');
    const seen = (await page.evaluate(
      `[...document.querySelectorAll('a[href], button:not([hidden]), summary, [tabindex="0"]')].length`,
    )) as number;
    const reached = new Set<string>();
    for (let stop = 1; stop < seen; stop++) {
      reached.add(
        (await page.evaluate(`(() => {
          const at = document.activeElement;
          const all = [...document.querySelectorAll('*')];
          const style = getComputedStyle(at);
          return all.indexOf(at) + (style.outlineStyle === 'none' ? ' unseen' : '');
        })()`)) as string,
      );
      await page.keyboard.press('Tab');
    }
    expect(reached.size).toBe(seen - 1);
    expect([...reached].filter((each) => each.endsWith('unseen'))).toEqual([]);
    await page.context().close();
  });

  test('on paper the shades stay and the navigation goes; nothing moves unless asked', async () => {
    const { page } = await visit(browser, site.folder, 'A/1/3.html', { reducedMotion: 'reduce' });
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
    await page.emulateMedia({ media: 'print' });
    expect(await page.locator('.bar nav').isVisible()).toBe(false);
    const printed = (await page.evaluate(`(() => {
      const token = document.querySelector('#top b > *');
      const style = getComputedStyle(token);
      return [style.printColorAdjust, style.backgroundColor];
    })()`)) as string[];
    expect(printed[0]).toBe('exact');
    expect(printed[1]).not.toBe('rgba(0, 0, 0, 0)');
    await page.context().close();
  });

  test('text of the corpus stays text, down to what is copied', async () => {
    const { page } = await visit(browser, site.folder, 'A/1/11.html');
    const all = await page.locator('.grp').allTextContents();
    expect(all.join('')).toContain('</p>');
    expect(await page.locator('main script, main img, main [onerror]').count()).toBe(0);
    const { page: python } = await visit(browser, site.folder, 'A/1/2.html');
    const copied = (await python.evaluate(`(() => {
      const line = [...document.querySelectorAll('.ex p')].find((each) => /\\n[^]*\\S$/.test(each.textContent) && /\\t|    /.test(each.textContent));
      getSelection().selectAllChildren(line);
      return [getSelection().toString(), line.textContent];
    })()`)) as [string, string];
    expect(copied[0]).toBe(copied[1]);
    await page.context().close();
    await python.context().close();
  });

  test('every shade of activation is readable in both themes', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      const { page } = await visit(browser, site.folder, 'A/1/6.html', { colorScheme });
      await page.evaluate(
        `document.querySelector('#top li:first-child p').replaceChildren(...[...'abcdefghij'].map((level) => document.createElement(level + '-')))`,
      );
      const ratios = (await page.evaluate(`(() => {
        const context = new OffscreenCanvas(1, 1).getContext('2d');
        const luminance = (color) => {
          context.fillStyle = color;
          context.fillRect(0, 0, 1, 1);
          const [r, g, b] = [...context.getImageData(0, 0, 1, 1).data].map((value) => value / 255).map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b;
        };
        return [...document.querySelectorAll('#top li:first-child p > *')].map((shade) => {
          const style = getComputedStyle(shade);
          const [low, high] = [luminance(style.backgroundColor), luminance(style.color)].sort((a, b) => a - b);
          return (high + 0.05) / (low + 0.05);
        });
      })()`)) as number[];
      expect(ratios).toHaveLength(10);
      expect(Math.min(...ratios)).toBeGreaterThanOrEqual(4.5);
      await page.context().close();
    }
  });

  test('a token tells its stored values by pointer and by keyboard, and Escape closes it', async () => {
    const { page } = await visit(browser, site.folder, 'A/1/3.html');
    const line = page.locator('#top li p').first();
    const { lines } = storedValues('A/1/3.html');
    const [source, units] = lines[0]!;
    const [[id, activation]] = units[0]! as [[number, number]];
    await line.focus();
    await page.keyboard.press('ArrowRight');
    const tip = page.locator('[role=tooltip]');
    await tip.waitFor({ state: 'visible' });
    expect(await tip.innerText()).toContain(`token\n${id}`);
    expect(await tip.innerText()).toContain(activation > 0 ? `${activation} (` : 'not active here');
    expect(await tip.innerText()).toContain(`source\n${source}`);
    await page.keyboard.press('Escape');
    expect(await tip.isVisible()).toBe(false);
    await page.locator('#top li p > b').first().hover();
    await tip.waitFor({ state: 'visible' });
    expect(await tip.innerText()).toMatch(/activation\n[\d.]+ \(\d+/);
    expect(await page.locator('#activations path.now').count()).toBe(1);
    // The strongest example stands in the last bin, and what is in the others is weaker.
    const { histogram, activeTokens } = await openRecords(join(site.folder, '../records')).feature('A/1', 3);
    const weaker = (100 * (activeTokens - histogram.counts.at(-1)!)) / activeTokens;
    const [, least = NaN] = (
      /percentile\nstronger than (?:at least )?([\d.]+)/.exec(await tip.innerText()) ?? []
    ).map(Number);
    expect(least).toBeLessThanOrEqual(weaker);
    expect(least).toBeGreaterThan(weaker - 5);
    await page.keyboard.press('j');
    await page.waitForURL(/A\/1\/4\.html$/);
    await page.context().close();
  });

  test('the group of examples that is pointed at or focused has its range on the histogram', async () => {
    const { page } = await visit(browser, site.folder, 'A/1/3.html');
    const marked = page.locator('#activations .range');
    const { exampleGroups, maxActivation } = await openRecords(join(site.folder, '../records')).feature(
      'A/1',
      3,
    );
    const expectRange = async (id: string): Promise<void> => {
      const group = exampleGroups.find(({ level }) => `i${level}` === id)!;
      const wanted = [group.from / maxActivation, group.to / maxActivation];
      // Of the width of the axis; headings have three digits.
      await until(
        page,
        `(() => {
          const [axis, range] = ['.base', '.range'].map((name) => document.querySelector('#activations ' + name)?.getBBox());
          const edges = range ? [range.x - axis.x, range.x + range.width - axis.x] : [];
          return edges.length === 2 && edges.every((x, i) => Math.abs(x / (axis.width - 1) - ${JSON.stringify(wanted)}[i]) < 0.005);
        })()`,
      );
    };
    expect(await marked.count()).toBe(0);
    await page.locator('#i3 h3').hover();
    await expectRange('i3');
    await page.locator('#i8 li p').first().focus();
    await expectRange('i8');
    await page.locator('#i5 h3').hover();
    await expectRange('i5');
    // Away from all groups it is the focused one again, then none.
    await page.locator('#domains h2').hover();
    await expectRange('i8');
    await page.evaluate('document.activeElement.blur()');
    await expect.poll(() => marked.count()).toBe(0);
    await page.locator('#activations svg').scrollIntoViewIfNeeded();
    const box = (await page.locator('#activations .base').boundingBox())!;
    await page.mouse.move(box.x + box.width * 0.6, box.y - 20);
    await expectRange('i4');
    await page.context().close();
  });

  test('keys lead to a feature by its number and from group to group, and can be turned off', async () => {
    const { page, complaints } = await visit(browser, site.folder, 'A/1/3.html#i3.2');
    expect(await page.locator('#i3 li').nth(1).getAttribute('class')).toBe('named');
    await page.locator('#i3 li p').first().focus();
    await page.keyboard.press('c');
    await page
      .getByRole('status')
      .filter({ hasText: /copied|#i3\.1$/ })
      .waitFor();
    const box = (await page.locator('#activations svg').boundingBox())!;
    await page.locator('#activations svg').click({ position: { x: box.width - 2, y: box.height / 2 } });
    await page.waitForURL(/#i0$/);
    await page.evaluate('scrollTo(0, 0)');
    await page.keyboard.press(']');
    await until(page, `document.activeElement.id === 'top'`);
    await page.keyboard.press('g');
    await page.keyboard.type('999');
    await page.keyboard.press('Enter');
    await page.getByText('there is no feature 999: the last is 23').waitFor();
    await page.keyboard.press('g');
    await page.keyboard.type('7');
    await page.keyboard.press('Enter');
    await page.waitForURL(/A\/1\/7\.html$/);
    await page.keyboard.press('?');
    const help = page.getByRole('dialog', { name: 'Keys' });
    await help.getByRole('checkbox').uncheck();
    await help.getByRole('button', { name: 'Close' }).click();
    await page.keyboard.press('j');
    await page.keyboard.press('?');
    await page.getByRole('button', { name: 'Keys' }).click();
    await help.getByRole('checkbox').check();
    await page.keyboard.press('Escape');
    expect(page.url()).toMatch(/7\.html$/);
    await page.keyboard.press('j');
    await page.waitForURL(/A\/1\/8\.html$/);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('examples are copied as a question for a language model, and a command holds the feature', async () => {
    const { page, complaints } = await visit(browser, site.folder, 'A/1/12.html', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByRole('button', { name: 'Copy as prompt' }).click();
    await page.getByRole('status').filter({ hasText: 'copied' }).waitFor();
    const prompt = await page.evaluate<string>('navigator.clipboard.readText()');
    const record = await openRecords(join(site.folder, '../records')).feature('A/1', 12);
    const lines = prompt.split('\n').filter((text) => text.startsWith('"'));
    expect(lines).toHaveLength(await page.locator('.grp li p').count());
    // The strongest token has the highest level, and without levels a line is the text of its example.
    expect(lines[0]).toContain('{{10}}');
    const { tokens } = record.exampleGroups[0]!.examples[0]!;
    const vocabulary = openRecords(join(site.folder, '../records')).vocabulary().tokens;
    const text = Buffer.concat(tokens.map((token) => Buffer.from(vocabulary[token]!, 'base64'))).toString();
    expect(text).toContain((JSON.parse(lines[0]!) as string).replace(/\{\{\d+\}\}/g, ''));
    expect(prompt).toMatch(/^Raises as the next token: "/m);

    // One click takes all of the command.
    await page.locator('#steering code').click();
    expect(await page.evaluate('getSelection().toString()')).toBe(
      "npx monosema sample study.config.ts --prompt 'The ' --pin A/1:12=max",
    );
    expect(complaints).toEqual([]);
    await page.context().close();
    // Neither neurons nor what never fired can be held.
    for (const file of ['A/neurons/3.html', 'A/1/16.html']) expect(site.read(file)).not.toContain('--pin');
  });

  test('what a host shows where there is no page needs no other file and leads back into the site', async () => {
    const { page, complaints, requests } = await visit(browser, site.folder, '404.html', {
      colorScheme: 'dark',
    });
    expect(complaints).toEqual([]);
    expect(requests.length).toBe(1);
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).toBe('rgb(18, 20, 23)');
    expect(await page.getByRole('link', { name: 'home page' }).getAttribute('href')).toBe(SITE_ADDRESS);
    await page.getByRole('link').first().click();
    expect(page.url()).toContain('index.html');
    await page.context().close();
  });

  // The lines of the second are Hebrew, from right to left.
  test.each(['A/1/0.html', 'A/1/6.html'])(
    'framed tokens of %s stand in one column until the reader says otherwise',
    async (file) => {
      const { page } = await visit(browser, site.folder, file, { viewport: { width: 1440, height: 900 } });
      const columns = (): Promise<number[]> =>
        page.evaluate(`[...document.querySelectorAll('#top li p')].filter((line) => line.offsetHeight < 30)
        .map((line) => Math.round(line.querySelector('b').getBoundingClientRect().left))`);
      expect(new Set(await columns()).size).toBe(1);
      await page.getByRole('button', { name: 'Align' }).click();
      expect(new Set(await columns()).size).toBeGreaterThan(1);
      await page.context().close();
    },
  );

  test('what the records have around a line shows where it fits and when asked for, newlines as lines, and the choice holds', async () => {
    const { page, complaints } = await visit(browser, site.folder, 'A/1/4.html');
    const records = openRecords(join(site.folder, '../records'));
    const vocabulary = records.vocabulary().tokens;
    const { exampleGroups } = await records.feature('A/1', 4);
    const { tokens, activations, at } = exampleGroups[0]!.examples[0]!;
    const whole = Buffer.concat(tokens.map((token) => Buffer.from(vocabulary[token]!, 'base64'))).toString();
    const line = page.locator('#top li p').first();
    const length = `document.querySelector('#top li p').textContent.length`;
    const more = page.getByRole('button', { name: 'More context' });
    // Tokens of this page are short, so that a row has room for all of it.
    expect(await page.locator('.cols').getAttribute('data-wide')).toMatch(/^all \d+$/);
    expect(await more.getAttribute('aria-pressed')).toBe('true');
    await until(page, `CSS.highlights.size > 0`);
    // What an end of the window cuts from its character stays out.
    const shown = (await line.textContent())!;
    expect(whole).toContain(shown);
    expect(await page.locator('*').count()).toBeLessThanOrEqual(1600);
    // The tokens that have values are still those of the page itself.
    await line.locator('b > *').hover();
    const tip = page.locator('[role=tooltip]');
    await tip.waitFor({ state: 'visible' });
    expect(await tip.innerText()).toContain(`activation\n${Number(activations[at]!.toPrecision(3))} (`);
    await more.click();
    await until(page, `${length} < ${shown.length} && CSS.highlights.size === 0`);
    expect(whole).toContain(await line.textContent());
    const broken = `getComputedStyle(document.querySelector('.grp n-')).display`;
    expect(await page.evaluate(broken)).toBe('inline-block');
    await page.getByRole('button', { name: 'Line breaks' }).click();
    expect(await page.evaluate(broken)).toBe('inline');
    await page.reload();
    expect(await page.evaluate(broken)).toBe('inline');
    expect(await more.getAttribute('aria-pressed')).toBe('false');
    expect(await page.evaluate(length)).toBeLessThan(shown.length);
    await more.click();
    await page.reload();
    await until(page, `${length} === ${shown.length}`);
    expect(complaints).toEqual([]);
    await page.context().close();
  });

  test('a chosen theme holds on the next page', async () => {
    const { page } = await visit(browser, site.folder, 'index.html', { colorScheme: 'light' });
    const ground = (): Promise<string> =>
      page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    const light = await ground();
    await page.getByRole('button', { name: 'Dark theme' }).click();
    const dark = await ground();
    expect(dark).not.toBe(light);
    await page.goto(page.url().replace('index.html', 'method.html'));
    expect(await ground()).toBe(dark);
    await page.context().close();
  });

  test('intervals are rated by keyboard, without their source until the end, and kept, exported and imported', async () => {
    const { page, complaints } = await visit(browser, site.folder, 'rate.html');
    const rate = page.locator('#rate');
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.waitForSelector('#rate form');
    const items = Number(/of (\d+)/.exec(await rate.locator('.progress').innerText())?.[1]);
    // Two intervals of each unit that is active on twenty tokens: ten features, all eight neurons, ten of the control.
    expect(items).toBe(56);
    const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    await page.evaluate(axe);
    expect(
      await page.evaluate(`axe.run('#rate').then(({ violations }) => violations.map(({ id }) => id))`),
    ).toEqual([]);
    // The focus is on the examples; one Tab leads to the meaning, one to the first question. Separation is not asked
    // where all tokens fit.
    const answer = async (digits: string): Promise<void> => {
      await page.keyboard.press('Tab');
      await page.keyboard.type('something');
      await page.keyboard.press('Tab');
      for (const digit of digits) await page.keyboard.press(digit);
      await page.keyboard.press('Enter');
    };
    await answer('2333');
    expect(await rate.locator('.progress').innerText()).toBe(`2 of ${items}, 1 rated`);
    await answer('12100');
    await page.reload();
    await page.getByRole('button', { name: 'Begin' }).click();
    await page.waitForSelector('#rate form');
    expect(await rate.locator('.progress').innerText()).toBe(`3 of ${items}, 2 rated`);
    expect(await rate.innerHTML()).not.toMatch(/A\/1|R\/1|neurons/);
    // The rest comes from a file.
    const { set, items: given } = JSON.parse(
      site.read('rate/items.js').replace(/^monosemaPart\(|\);\n$/g, ''),
    ) as { set: string; items: { id: string }[] };
    const ratings = given.slice(2).map(({ id }) => ({
      item: id,
      meaning: 'the rest',
      scores: { confidence: 3, activations: 5, logits: 3, separation: 0, specificity: 3 },
    }));
    const rest = {
      name: 'rest.json',
      mimeType: 'application/json',
      buffer: Buffer.from(
        JSON.stringify({ kind: 'monosema-ratings', version: 1, set, finished: false, ratings }),
      ),
    };
    await rate.locator('input[type=file]').setInputFiles(rest);
    // What is being rated has a table too, until the results take its place.
    const table = rate.locator('table').filter({ hasText: 'A/neurons' }).first();
    await table.waitFor();
    expect(await table.innerText()).toMatch(/A\/1\s+20\s+14/);
    expect(await table.innerText()).toMatch(/A\/neurons\s+16\s+14/);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('button', { name: 'Export' }).click(),
    ]);
    const file = (await download.path()) ?? '';
    const exported = JSON.parse(readFileSync(file, 'utf8')) as {
      finished: boolean;
      ratings: { meaning: string; dictionary: string; scores: Record<string, number> }[];
    };
    expect(exported.finished).toBe(true);
    expect(exported.ratings).toHaveLength(items);
    expect(exported.ratings[1]).toMatchObject({
      meaning: 'something',
      scores: { confidence: 1, activations: 2, logits: 1, separation: 0, specificity: 0 },
    });

    const other = await visit(browser, site.folder, 'rate.html');
    await other.page.getByRole('button', { name: 'Begin' }).click();
    await other.page.locator('#rate input[type=file]').setInputFiles(file);
    await other.page.getByText(`${items} ratings imported`).waitFor();
    await other.page.locator('#rate table').filter({ hasText: 'A/neurons' }).first().waitFor();
    await other.page
      .locator('#rate input[type=file]')
      .setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from('{}') });
    await other.page.getByText('nothing was changed').waitFor();
    expect([...complaints, ...other.complaints]).toEqual([]);
    await page.context().close();
    await other.page.context().close();
  });

  test('the site works under a path of another host', async () => {
    const server = createServer((request, response) => {
      const file = `${site.folder}${(request.url ?? '').replace(/^\/some\/where|\?.*/g, '')}`;
      const found = request.url?.startsWith('/some/where/') && existsSync(file);
      const type = { html: 'text/html', css: 'text/css', js: 'text/javascript' }[
        file.split('.').at(-1) ?? ''
      ];
      response.writeHead(found ? 200 : 404, { 'content-type': type ?? 'text/plain' });
      response.end(found ? readFileSync(file) : '');
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const base = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/`);
    const { page, complaints, requests } = await visit(browser, base, 'A/1/6.html');
    await page.getByRole('navigation', { name: 'Site' }).getByRole('link', { name: 'A/2' }).click();
    await page.getByRole('button', { name: 'density' }).click();
    await page.waitForSelector('th[aria-sort=descending]');
    expect(complaints).toEqual([]);
    expect(requests.filter((url) => !url.startsWith(base.href) && !url.startsWith('data:'))).toEqual([]);
    await page.context().close();
    server.close();
  });
});
