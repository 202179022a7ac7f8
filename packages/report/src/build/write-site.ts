import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Records } from '@monosema/trainer/records';
import { chooseFeatures } from '../view/curate.ts';
import { featurePage } from '../view/feature-page.ts';
import { ALL_ORDERS } from '../view/list-order.ts';
import { methodPage } from '../view/method-page.ts';
import { shortPage } from '../view/short-page.ts';
import type { PageContent, Site } from '../view/site.ts';
import { dictionaryCard, featureCard } from './card-image.ts';
import { CITATION } from './citation.ts';
import { clientFiles, withScript } from './client-scripts.ts';
import type { ClientScripts } from './client-scripts.ts';
import { featuresCsv } from './features-csv.ts';
import { ICON } from './icon.ts';
import { ROWS, cardFiles, columnsFile, rowsFile } from './list-data.ts';
import { NOT_FOUND, notFound } from './not-found.ts';
import { planPages } from './plan.ts';
import { playgroundParts } from './playground-files.ts';
import { recordsFile } from './records-files.ts';
import { sitemapFiles } from './sitemap.ts';
import { valuesFiles } from './values-files.ts';
import { ratingFiles, renderFindings, renderHome, renderLists } from './pages.ts';
import type { Shell } from './stamp.ts';
import { cutShell, shellBytes, stamp, withPlace } from './stamp.ts';

/**
 * V8 collects what is old only when the heap has grown several times over: pages of 131,072 features left 1.1 GB behind
 * where they need 0.7. With at most two fifths more than is alive it stays flat, which costs a seventh of the processor
 * time; of fewer features than these there is no need.
 */
const MANY_FEATURES = 16_384;

/** Picture of a dictionary in previews of links. */
const cardFile = (dictionary: string): string => `${dictionary}/card.png`;

/** Bytes of a feature's card, by which lists preview it. */
const CARD_BYTES = 1_000;

/** File of the page that Astro renders once for all the pages that are stamped from it. */
export const SHELL = 'monosema-shell.html';

/**
 * Fills the pages that Astro rendered and writes all the others, a page at a time.
 *
 * @param folder where Astro put the site
 * @param pages files of the pages that Astro rendered
 * @returns pages written
 */
export async function writeSite(
  site: Site,
  records: Records,
  options: {
    folder: string;
    base: string;
    /** Of the site; undefined where its config states none, and then it has no sitemap. */
    address: string | undefined;
    pages: readonly string[];
    scripts: ClientScripts;
    /** What CITATION.cff says, if there is one. */
    citation: string | undefined;
    /** Bytes that the site may weigh. */
    maxBytes: number;
    say: (sentence: string) => void;
  },
): Promise<number> {
  const { folder, base, address, pages, scripts, maxBytes, say } = options;
  const features = [...site.dictionaries.values()].reduce((sum, { record }) => sum + record.features, 0);
  if (features > MANY_FEATURES) setFlagsFromString('--heap-growing-percent=40');
  let bytes = 0;
  const scratch = Buffer.allocUnsafe(1 << 20);
  const save = (file: string, text: string): void => {
    // A character of a string is at most three bytes. New buffers would pile up faster than they are collected.
    const encoded =
      text.length * 3 <= scratch.length ? scratch.subarray(0, scratch.write(text)) : Buffer.from(text);
    bytes += encoded.length;
    writeFileSync(join(folder, file), encoded);
  };
  const savePicture = (file: string, picture: Buffer): void => {
    bytes += picture.length;
    writeFileSync(join(folder, file), picture);
  };
  const read = (file: string): string => readFileSync(join(folder, file), 'utf8');
  const filled = new Map<string, PageContent>([
    ['index.html', await renderHome(site, records)],
    ['method.html', methodPage(site)],
  ]);
  const [first = ''] = site.dictionaries.keys();
  const card = cardFile(first);
  const written: string[] = [];
  for (const file of pages) {
    if (file === SHELL) continue;
    const page = { card, ...(filled.get(file) ?? { path: file, title: '', description: '', body: '' }) };
    save(file, stamp(withPlace(cutShell(read(file), base), file), page));
    if (file !== '404.html') written.push(file);
  }
  // The author of the site may have made one.
  if (!pages.includes(NOT_FOUND)) save(NOT_FOUND, notFound(site.title, address));
  const shell = cutShell(read(SHELL), base);
  const around = shellBytes(withPlace(shell, `${first}/index.html`));
  rmSync(join(folder, SHELL));
  // Pages of a dictionary are thousands and have one place.
  let placed: { folder: string; shell: Shell } | undefined;
  const shellOf = (path: string): Shell => {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    if (folder === '') return withPlace(shell, path);
    if (placed?.folder !== folder) placed = { folder, shell: withPlace(shell, `${folder}index.html`) };
    return placed.shell;
  };
  const write = (page: PageContent): void => {
    save(page.path, stamp(shellOf(page.path), withScript({ card, ...page }, scripts)));
    written.push(page.path);
  };
  for (const page of renderFindings(site, records)) {
    mkdirSync(dirname(join(folder, page.path)), { recursive: true });
    write(page);
  }
  for (const [id, view] of site.dictionaries) {
    mkdirSync(join(folder, id, 'data'), { recursive: true });
    const own = cardFile(id);
    if (address !== undefined) savePicture(own, dictionaryCard(site, view));
    for (const page of renderLists(site, view)) write({ ...page, card: own });
    if (view.record.features <= ALL_ORDERS) save(`${id}/features.csv`, featuresCsv(view));
    save(`${id}/data/columns.js`, columnsFile(site, view));
    for (let at = 0; at * ROWS < view.record.features; at++)
      save(`${id}/data/rows-${at}.js`, rowsFile(view, at));
  }
  if (site.playground.view)
    for (const { path, code } of playgroundParts(records.root, site.playground.view)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      save(path, code);
    }
  for (const [id, size] of site.records ?? []) {
    copyFileSync(join(records.root, recordsFile(id)), join(folder, recordsFile(id)));
    bytes += size;
  }
  const atHome = new Set(
    [...site.study.domainFeatures, ...chooseFeatures(site)].map(
      ({ dictionary, feature }) => `${dictionary}/${feature}`,
    ),
  );
  const plan = await planPages(site, records, { left: maxBytes - bytes, beside: CARD_BYTES }, around);
  if (plan.sentence !== undefined) say(plan.sentence);
  for (const [id, view] of site.dictionaries) {
    const shards = valuesFiles((file, code) => save(`${id}/${file}`, code));
    const cards = cardFiles(site, view, (at, code) => save(`${id}/data/cards-${at}.js`, code));
    for await (const feature of records.features(id)) {
      cards.add(feature);
      let picture = cardFile(id);
      if (address !== undefined && atHome.has(`${id}/${feature.index}`)) {
        picture = `${id}/${feature.index}.png`;
        savePicture(picture, featureCard(feature));
      }
      if (plan.whole(id, feature.index)) {
        const { page, values } = featurePage(site, view, feature, { shell: around, values: shards.next });
        write({ ...page, card: picture });
        shards.add(feature.index, values);
      } else write({ ...shortPage(site, view, feature), card: picture });
    }
    shards.end();
  }
  for (const { path, code } of ratingFiles(site)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), code);
  }
  mkdirSync(join(folder, 'assets'), { recursive: true });
  for (const { file, code } of [...clientFiles(scripts), ICON]) save(file, code);
  if (options.citation !== undefined) save(CITATION, options.citation);
  if (address !== undefined) for (const { file, code } of sitemapFiles(address, written)) save(file, code);
  return written.length;
}
