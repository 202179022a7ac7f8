import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import type { Records } from '@monosema/trainer/records';
import { chooseFeatures } from '../view/curate.ts';
import { featurePage } from '../view/feature-page.ts';
import { ALL_ORDERS } from '../view/list-order.ts';
import { methodPage } from '../view/method-page.ts';
import { shortPage } from '../view/short-page.ts';
import type { DictionaryView, PageContent, Site } from '../view/site.ts';
import { dictionaryCard, featureCard } from './card-image.ts';
import { CITATION } from './citation.ts';
import { clientFiles, withScript } from './client-scripts.ts';
import type { ClientScripts } from './client-scripts.ts';
import { featuresCsv } from './features-csv.ts';
import { ICON } from './icon.ts';
import { ROWS, cardFiles, columnsFile, rowsFile } from './list-data.ts';
import { NOT_FOUND, notFound } from './not-found.ts';
import { planPages, type Plan } from './plan.ts';
import { playgroundParts } from './playground-files.ts';
import { recordsFile } from './records-files.ts';
import { SiteFolder } from './site-folder.ts';
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

/** How a site is written. */
export interface WriteOptions {
  /** Where Astro put the site. */
  folder: string;
  base: string;
  /** Of the site; undefined where its config states none, and then it has no sitemap and no pictures for links. */
  address: string | undefined;
  /** Files of the pages that Astro rendered. */
  pages: readonly string[];
  scripts: ClientScripts;
  /** What CITATION.cff says, if there is one. */
  citation: string | undefined;
  /** Bytes that the site may weigh. */
  maxBytes: number;
  say: (sentence: string) => void;
}

/** A site that is being written. */
interface Writing {
  readonly site: Site;
  readonly records: Records;
  readonly out: SiteFolder;
  /** Whether previews of links have pictures. */
  readonly pictures: boolean;
  /** Writes a page; where the content names no picture, the site's own is shown. */
  readonly write: (page: PageContent) => void;
}

/**
 * Fills the pages that Astro rendered and writes all the others, a page at a time.
 *
 * @returns pages written
 */
export async function writeSite(site: Site, records: Records, options: WriteOptions): Promise<number> {
  const { folder, base, address, pages, scripts, maxBytes, say } = options;
  const features = [...site.dictionaries.values()].reduce((sum, { record }) => sum + record.features, 0);
  if (features > MANY_FEATURES) setFlagsFromString('--heap-growing-percent=40');
  const out = new SiteFolder(folder);
  const [first = ''] = site.dictionaries.keys();
  const card = cardFile(first);
  const written = fillPages(out, pages, base, card, [await renderHome(site, records), methodPage(site)]);
  // The author of the site may have made one.
  if (!pages.includes(NOT_FOUND)) out.save(NOT_FOUND, notFound(site.title, address));
  const shell = cutShell(out.read(SHELL), base);
  const around = shellBytes(withPlace(shell, `${first}/index.html`));
  out.remove(SHELL);
  const shellOf = placesOf(shell);
  const write = (page: PageContent): void => {
    out.save(page.path, stamp(shellOf(page.path), withScript({ card, ...page }, scripts)));
    written.push(page.path);
  };
  const writing = { site, records, out, pictures: address !== undefined, write };
  for (const page of renderFindings(site, records)) {
    out.makeFolderOf(page.path);
    write(page);
  }
  for (const [id, view] of site.dictionaries) writeLists(writing, id, view);
  writeData(writing);
  const plan = await planPages(site, records, { left: maxBytes - out.bytes, beside: CARD_BYTES }, around);
  if (plan.sentence !== undefined) say(plan.sentence);
  const atHome = new Set(
    [...site.study.domainFeatures, ...chooseFeatures(site)].map(
      ({ dictionary, feature }) => `${dictionary}/${feature}`,
    ),
  );
  for (const [id, view] of site.dictionaries) await writeFeatures(writing, id, view, plan, around, atHome);
  for (const { path, code } of ratingFiles(site)) out.make(path, code);
  for (const { file, code } of [...clientFiles(scripts), ICON]) out.make(file, code);
  if (options.citation !== undefined) out.save(CITATION, options.citation);
  if (address !== undefined)
    for (const { file, code } of sitemapFiles(address, written)) out.save(file, code);
  return written.length;
}

/**
 * Fills the pages that Astro rendered: those that have content of ours with it, the site's own with their titles.
 *
 * @returns those of them that readers look for
 */
function fillPages(
  out: SiteFolder,
  pages: readonly string[],
  base: string,
  card: string,
  contents: readonly PageContent[],
): string[] {
  for (const file of pages) {
    if (file === SHELL) continue;
    const content = contents.find(({ path }) => path === file);
    const page = { card, ...(content ?? { path: file, title: '', description: '', body: '' }) };
    out.save(file, stamp(withPlace(cutShell(out.read(file), base), file), page));
  }
  return pages.filter((file) => file !== SHELL && file !== NOT_FOUND);
}

/** The shell of a page by its path. Pages of a dictionary are thousands and have one place in the navigation. */
function placesOf(shell: Shell): (path: string) => Shell {
  let placed: { folder: string; shell: Shell } | undefined;
  return (path) => {
    const folder = path.slice(0, path.lastIndexOf('/') + 1);
    if (folder === '') return withPlace(shell, path);
    if (placed?.folder !== folder) placed = { folder, shell: withPlace(shell, `${folder}index.html`) };
    return placed.shell;
  };
}

/** Writes the lists of a dictionary, and what its browser loads. */
function writeLists({ site, out, pictures, write }: Writing, id: string, view: DictionaryView): void {
  out.makeFolderOf(`${id}/data/columns.js`);
  const card = cardFile(id);
  if (pictures) out.save(card, dictionaryCard(site, view));
  for (const page of renderLists(site, view)) write({ ...page, card });
  if (view.record.features <= ALL_ORDERS) out.save(`${id}/features.csv`, featuresCsv(view));
  out.save(`${id}/data/columns.js`, columnsFile(site, view));
  for (let at = 0; at * ROWS < view.record.features; at++)
    out.save(`${id}/data/rows-${at}.js`, rowsFile(view, at));
}

/** Writes what a site hands out beside its pages: the playground's weights, and the records. */
function writeData({ site, records, out }: Writing): void {
  if (site.playground.view)
    for (const { path, code } of playgroundParts(records.root, site.playground.view)) out.make(path, code);
  for (const id of site.records?.keys() ?? []) out.copy(join(records.root, recordsFile(id)), recordsFile(id));
}

/**
 * Writes the pages of a dictionary's features, with the values that their tooltips show and the cards of the browser.
 *
 * @param shell bytes that the layout puts around the body of a page
 * @param pictured features, as A/1/12, whose links are previewed by pictures of their own
 */
async function writeFeatures(
  { site, records, out, pictures, write }: Writing,
  id: string,
  view: DictionaryView,
  plan: Plan,
  shell: number,
  pictured: ReadonlySet<string>,
): Promise<void> {
  const shards = valuesFiles((file, code) => out.save(`${id}/${file}`, code));
  const cards = cardFiles(site, view, (at, code) => out.save(`${id}/data/cards-${at}.js`, code));
  for await (const feature of records.features(id)) {
    cards.add(feature);
    let card = cardFile(id);
    if (pictures && pictured.has(`${id}/${feature.index}`)) {
      card = `${id}/${feature.index}.png`;
      out.save(card, featureCard(feature));
    }
    if (plan.whole(id, feature.index)) {
      const { page, values } = featurePage(site, view, feature, { shell, values: shards.next });
      write({ ...page, card });
      shards.add(feature.index, values);
    } else write({ ...shortPage(site, view, feature), card });
  }
  shards.end();
}
