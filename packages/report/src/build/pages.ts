import type { FeatureRecord, Records } from '@monosema/trainer/records';
import { featurePage } from '../view/feature-page.ts';
import { chooseContrast, chooseFeatures } from '../view/curate.ts';
import type { FeaturePage } from '../view/feature-page.ts';
import { homePage } from '../view/home-page.ts';
import type { HomeFeatures } from '../view/home-page.ts';
import { ordered, ordersOf } from '../view/list-order.ts';
import { LIST_PAGE, listPage } from '../view/list-page.ts';
import { AUTOMATA, automataPage } from '../view/automata-page.ts';
import { CLAIMS, claimsPage } from '../view/claims-page.ts';
import { COMPARE, comparePage } from '../view/compare-page.ts';
import { PLAYGROUND, playgroundPage } from '../view/playground-page.ts';
import { PROXIES, proxiesPage } from '../view/proxies-page.ts';
import { ratingItems, ratingKey } from '../view/rate-items.ts';
import { RATE, RATE_ITEMS, RATE_KEY, ratePage } from '../view/rate-page.ts';
import { SPLITS, splitsPage } from '../view/splits-page.ts';
import { TEXTS, textPage, textsPage } from '../view/text-pages.ts';
import { methodPage } from '../view/method-page.ts';
import type { DictionaryView, PageContent, Site } from '../view/site.ts';
import { dataVersion } from './list-data.ts';

/** Renders the home page with the features it shows. */
export async function renderHome(site: Site, records: Records): Promise<PageContent> {
  const recordOf = ({
    dictionary,
    feature,
  }: {
    dictionary: string;
    feature: number;
  }): Promise<FeatureRecord> => records.feature(dictionary, feature);
  const domains: FeatureRecord[] = [];
  for (const found of site.study.domainFeatures) domains.push(await recordOf(found));
  const standouts: HomeFeatures['standouts'][number][] = [];
  for (const choice of chooseFeatures(site)) standouts.push({ choice, record: await recordOf(choice) });
  const choice = chooseContrast(site);
  const contrast = choice && {
    choice,
    feature: await recordOf(choice.feature),
    neuron: await recordOf(choice.neuron),
  };
  return homePage(site, { domains, standouts, contrast });
}

/** A page of its own for each thing that was found across features, with its name in the navigation. */
export function findingPages({
  findings,
  playground,
  rating,
}: Site): { readonly path: string; readonly label: string }[] {
  const { claims, proxies, splits, automata, texts } = findings;
  return [
    ...(claims ? [{ path: CLAIMS, label: 'Claims' }] : []),
    { path: COMPARE, label: 'Compare' },
    ...(proxies ? [{ path: PROXIES, label: 'Kinds of text' }] : []),
    ...(splits ? [{ path: SPLITS, label: 'Splits' }] : []),
    ...(automata ? [{ path: AUTOMATA, label: 'Automata' }] : []),
    ...(texts ? [{ path: TEXTS, label: 'Texts' }] : []),
    ...(playground.view ? [{ path: PLAYGROUND, label: 'Try it' }] : []),
    ...(rating ? [{ path: RATE, label: 'Rate' }] : []),
  ];
}

/** Renders the pages of what was found across features. */
export function* renderFindings(site: Site, records: Records): Generator<PageContent> {
  const { claims, proxies, splits, automata, steering, texts } = site.findings;
  if (claims) yield claimsPage(site, claims);
  yield comparePage(site);
  if (proxies) yield proxiesPage(site, proxies, steering);
  if (splits) yield splitsPage(site, splits, dataVersion(site));
  if (automata) yield automataPage(site, automata, dataVersion(site));
  const { view, lacks } = site.playground;
  if (view) yield playgroundPage(site, { view, lacks }, dataVersion(site));
  if (site.rating) yield ratePage(site, site.rating);
  if (!texts) return;
  yield textsPage(site, texts, (id) => records.text(id));
  for (const entry of texts.texts) yield textPage(site, entry, records.text(entry.id));
}

/** Files that the rating page loads when they are needed. */
export function ratingFiles({
  vocabulary,
  rating,
}: Site): { readonly path: string; readonly code: string }[] {
  if (!rating) return [];
  return [
    { path: RATE_ITEMS, code: ratingItems(vocabulary, rating.set) },
    { path: RATE_KEY, code: ratingKey(rating.set) },
  ];
}

/** Renders every page of every order of a dictionary's list. */
export function* renderLists(site: Site, view: DictionaryView): Generator<PageContent> {
  for (const order of ordersOf(view)) {
    const indices = ordered(view, order);
    const pages = Math.max(1, Math.ceil(indices.length / LIST_PAGE));
    for (let page = 0; page < pages; page++)
      yield listPage(site, view, { order, page, indices, version: dataVersion(site) });
  }
}

/**
 * Renders the page of the feature whose page or file of values is at a path; undefined when there is none.
 *
 * @param shell bytes that the layout puts around the body
 */
export async function renderFeature(
  site: Site,
  records: Records,
  path: string,
  shell: number,
): Promise<FeaturePage | undefined> {
  const [, id = '', number = ''] = /^(.+)\/(\d+)\.(?:html|js)$/.exec(path) ?? [];
  const view = site.dictionaries.get(id);
  if (!view || Number(number) >= view.record.features) return undefined;
  return featurePage(site, view, await records.feature(id, Number(number)), {
    shell,
    values: `${number}.js`,
  });
}

/** Renders the page at a path of the site that is not a feature's; undefined when the site has none there. */
export async function renderPath(
  site: Site,
  records: Records,
  path: string,
): Promise<PageContent | undefined> {
  if (path === '' || path === 'index.html') return renderHome(site, records);
  if (path === 'method.html') return methodPage(site);
  for (const page of renderFindings(site, records)) if (page.path === path) return page;
  const slash = path.lastIndexOf('/');
  const view = site.dictionaries.get(path.slice(0, slash));
  if (!view) return undefined;
  const file = path.slice(slash + 1) || 'index.html';
  for (const page of renderLists(site, view)) if (page.path === `${view.record.id}/${file}`) return page;
  return undefined;
}
