import { plain } from './escape.ts';
import { explanationHtml } from './explanation.ts';
import { ALL_ORDERS, listFile, ordersOf } from './list-order.ts';
import type { ListOrder } from './list-order.ts';
import { rowHtml } from './list-row.ts';
import { mapFigure } from './map-svg.ts';
import { fixed, integer, percent, percentTick, share, size } from './number.ts';
import { isNeurons, unitName } from './site.ts';
import type { DictionaryView, PageContent, Site } from './site.ts';
import { histogramSvg } from './svg-histogram.ts';

/** Features on one page of a list. */
export const LIST_PAGE = 128;

const powers = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/** A power of ten for the axis of a density histogram. */
export function powerOfTen(exponent: number): string {
  if (!Number.isInteger(exponent)) return '';
  return `10${exponent < 0 ? '⁻' : ''}${String(Math.abs(exponent)).replace(/\d/g, (digit) => powers[Number(digit)] ?? '')}`;
}

/**
 * Renders one page of the list of a dictionary's features. A script makes a browser of it, from files in data/.
 *
 * @param version of those files
 */
export function listPage(
  site: Site,
  view: DictionaryView,
  options: { order: ListOrder; page: number; indices: readonly number[]; version: string },
): PageContent {
  const { order, page, indices, version } = options;
  const { id, features } = view.record;
  const pages = Math.max(1, Math.ceil(indices.length / LIST_PAGE));
  const shown = indices.slice(page * LIST_PAGE, (page + 1) * LIST_PAGE);
  const heading = isNeurons(view)
    ? `Neurons of model ${plain(view.record.model)}`
    : `Dictionary ${plain(id)}`;
  const orders = ordersOf(view)
    .map((other) =>
      other.key === order.key
        ? `<b aria-current=true>${other.name}</b>`
        : `<a href="${listFile(other, 0)}">${other.name}</a>`,
    )
    .join(' ');
  // On a model's map all of its dictionaries have their places.
  const beside = [...site.dictionaries.values()]
    .filter((other) => other !== view && other.has.map && other.record.model === view.record.model)
    .map(({ record }) => record.id);
  // One picture of the map is enough; a script draws it on every page.
  const aside = order.key === 'index' && page === 0 ? mapFigure(site, view) : '';
  const body =
    `<header class="fh lh"><div><h1>${heading}</h1>${facts(view)}</div>` +
    `<figure>${densityHistogram(view)}<figcaption>Density, the share of tokens a ${unitName(view)} is active on</figcaption></figure></header>` +
    `<div class=browse data-id="${id}" data-version=${version} data-order=${order.key} data-page=${page + 1} data-features=${features}${view.has.map ? ` data-map data-beside="${beside.join(' ')}"` : ''}>` +
    `<div class=tools><p class=orders>Order: ${orders}</p></div>` +
    `${aside && `<aside aria-label="Map">${aside}</aside>`}<div class=found>` +
    `<div class=scroll tabindex=0 role=region aria-label="Features"><table class=list><thead><tr>${header(view, order)}</tr></thead><tbody>${shown
      .map((index) => row(view, index))
      .join(
        '',
      )}</tbody></table></div>${pager(order, page, pages)}${glossary(view)}${files(site, view)}</div></div>`;
  return {
    path: `${id}/${listFile(order, page)}`,
    title: `${heading}, by ${order.name}${page > 0 ? `, page ${page + 1}` : ''}`,
    description: `${heading} of ${plain(site.study.name)}: ${integer(features)} ${unitName(view)}s by ${order.name}.`,
    body,
    script: 'browse',
  };
}

/** What the columns and the filters mean, for who comes here first. */
function glossary(view: DictionaryView): string {
  const terms = [
    'density, the share of tokens it is active on',
    'max and mean of its activations',
    ...(view.has.scores ? ['score, how well a sentence foretells them, at best 1'] : []),
    'mostly in, the domain of its strong tokens',
    ...(view.has.widths
      ? ['from → into, how many features of the narrower and of the wider dictionary it is akin to']
      : []),
    ...(view.has.twins ? ['twins, those of another model that fire alike'] : []),
  ];
  return (
    `<p class=none>Of each ${unitName(view)}: ${terms.join('; ')}. ` +
    'Dead ones were never active on the evaluation text, ultralow ones on fewer than one token in a million, dense ones on more than one in ten. ' +
    'L0 is how many are active on a token. <a href=../../method.html>How each is measured</a></p>'
  );
}

/** The same features as files. */
function files({ records }: Site, { record }: DictionaryView): string {
  const bytes = records?.get(record.id);
  const links = [
    ...(record.features <= ALL_ORDERS
      ? [`<a href=features.csv>All ${integer(record.features)} as a table (CSV)</a>`]
      : []),
    ...(bytes === undefined
      ? []
      : [`<a href=features.parquet>everything known of them (Parquet, ${size(bytes)})</a>`]),
  ];
  return links.length ? `<p class=none>${links.join(' · ')}</p>` : '';
}

function header(view: DictionaryView, { key }: ListOrder): string {
  // Importance and cluster have no column.
  const column = (by: string, name: string, more = ''): string =>
    `<th scope=col data-by=${by}${by !== key ? '' : ` aria-sort=${by === 'index' ? 'ascending' : 'descending'}`}${more}>${name}`;
  return (
    column('index', unitName(view)) +
    '<th scope=col>fires on' +
    column('density', 'density') +
    column('max', 'max') +
    column('mean', 'mean', ' title="over the tokens it is active on"') +
    (view.has.scores
      ? column(
          'score',
          'score',
          ' title="Spearman correlation of the activations that the explanation foretells with the true ones"',
        )
      : '') +
    column('domain', 'mostly in', ' class=text') +
    (view.has.widths ? column('children', 'from → into') : '') +
    (view.has.twins ? column('twins', 'twins') : '')
  );
}

function row(view: DictionaryView, index: number): string {
  const domain = view.dominantDomain[index];
  const explanation = view.explanation[index];
  return rowHtml({
    index,
    activeTokens: view.activeTokens[index] ?? 0,
    evaluationTokens: view.record.evaluationTokens,
    maxActivation: view.maxActivation[index] ?? 0,
    meanActivation: view.meanActivation[index] ?? 0,
    firesOn: view.firesOn[index] ?? '',
    explanation: typeof explanation === 'string' ? explanationHtml(explanation) : '',
    score: view.has.scores ? (view.explanationScore[index] ?? null) : undefined,
    domain: typeof domain === 'string' ? plain(domain) : null,
    share: view.dominantShare[index] ?? null,
    widths: view.has.widths
      ? { parents: view.parentCount[index] ?? 0, children: view.childCount[index] ?? 0 }
      : null,
    twins: view.has.twins ? (view.twinCount[index] ?? 0) : null,
  });
}

function pager(order: ListOrder, page: number, pages: number): string {
  if (pages === 1) return '';
  const links = Array.from({ length: pages }, (_, i) => i)
    .filter((i) => i === 0 || i === pages - 1 || Math.abs(i - page) <= 3)
    .map((i, at, kept) => {
      const gap = at > 0 && i - (kept[at - 1] ?? 0) > 1 ? '<span>…</span>' : '';
      return (
        gap +
        (i === page ? `<b aria-current=page>${i + 1}</b>` : `<a href="${listFile(order, i)}">${i + 1}</a>`)
      );
    })
    .join('');
  return `<nav class=pager aria-label="Pages of the list">${links}</nav>`;
}

function facts(view: DictionaryView): string {
  const { record } = view;
  const entry = (term: string, value: string, small = ''): string =>
    `<div><dt>${term}</dt><dd>${value}${small && ` <small>${small}</small>`}</dd></div>`;
  const trained = record.training
    ? entry('explained variance', percent(record.explainedVariance)) +
      entry(
        'loss recovered',
        percent(record.lossRecovered),
        nothingToRecover(record) ? 'ablating does not raise the loss' : '',
      )
    : '';
  return (
    `<dl class=facts>${entry(`${unitName(view)}s`, integer(record.features), `of ${integer(record.activationWidth)} ${record.site === 'mlp-activations' ? 'neurons' : 'dimensions'}`)}` +
    entry('L0', fixed(record.l0, 1), 'active a token') +
    trained +
    `${entry('dead', integer(record.deadFeatures), record.deadFeatures > 0 ? share(record.deadFeatures / record.features) : '')}</dl>`
  );
}

/** Whether losses were compared and the activations turned out to do nothing for prediction. */
export function nothingToRecover({ losses, lossRecovered }: DictionaryView['record']): boolean {
  return losses !== null && lossRecovered === null;
}

/**
 * Where an axis of decimal logarithms has its ticks: at powers of ten, or, where it has less than two of them, at 1, 2
 * and 5 times such powers.
 */
export function logTicks(from: number, to: number): number[] {
  const powers = Array.from(
    { length: Math.floor(to) - Math.floor(from) + 1 },
    (_, i) => Math.floor(from) + i,
  );
  const inside = (value: number): boolean => value >= from - 1e-9 && value <= to + 1e-9;
  const whole = powers.filter(inside);
  return whole.length > 1
    ? whole
    : powers.flatMap((power) => [0, Math.log10(2), Math.log10(5)].map((part) => power + part)).filter(inside);
}

/** Histogram of the log densities of a dictionary; bare for a thumbnail. */
export function densityHistogram(view: DictionaryView, bare = false): string {
  const { edges } = view.record.densityHistogram;
  const at = logTicks(edges[0] ?? 0, edges.at(-1) ?? 0);
  return histogramSvg({
    histogram: view.record.densityHistogram,
    ticks: at,
    label: `Histogram of the densities of ${view.record.id}`,
    y: 'linear',
    height: bare ? 26 : 96,
    width: bare ? 120 : 300,
    bare,
    tick: at.every(Number.isInteger) ? powerOfTen : (value) => percentTick(10 ** value),
  });
}
