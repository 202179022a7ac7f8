import { plain } from './escape.ts';
import { fixed, integer, percent, significant } from './number.ts';
import { isNeurons, unitName } from './site.ts';
import type { DictionaryView, PageContent, Site } from './site.ts';
import { histogramSvg } from './svg-histogram.ts';

/** Features on one static page of a list. */
export const LIST_PAGE = 256;

const listOrders = [
  { key: 'index', name: 'index', file: 'index' },
  { key: 'density', name: 'density', file: 'by-density' },
  { key: 'max', name: 'largest activation', file: 'by-max' },
  { key: 'children', name: 'children', file: 'by-children' },
] as const;
export type ListOrder = (typeof listOrders)[number];

const powers = ['⁰', '¹', '²', '³', '⁴', '⁵', '⁶', '⁷', '⁸', '⁹'];

/** A power of ten for the axis of a density histogram. */
export function powerOfTen(exponent: number): string {
  if (!Number.isInteger(exponent)) return '';
  return `10${exponent < 0 ? '⁻' : ''}${String(Math.abs(exponent)).replace(/\d/g, (digit) => powers[Number(digit)] ?? '')}`;
}

/** The orders that a dictionary's list is written in: by children only where there are any. */
export function ordersOf(view: DictionaryView): ListOrder[] {
  return listOrders.filter(({ key }) => key !== 'children' || view.has.children);
}

/** Feature indices of a dictionary in an order; ties by index. */
export function ordered(view: DictionaryView, order: ListOrder): number[] {
  const indices = Array.from({ length: view.record.features }, (_, index) => index);
  if (order.key === 'index') return indices;
  const by = { density: view.activeTokens, max: view.maxActivation, children: view.childCount }[order.key];
  return indices.sort((a, b) => (by[b] ?? 0) - (by[a] ?? 0) || a - b);
}

/** File of one page of a list, as `by-density-2.html`. */
export function listFile(order: ListOrder, page: number): string {
  return `${order.file}${page > 0 ? `-${page + 1}` : ''}.html`;
}

/** Renders one page of the list of a dictionary's features. */
export function listPage(
  site: Site,
  view: DictionaryView,
  options: { order: ListOrder; page: number; indices: readonly number[]; script: string },
): PageContent {
  const { order, page, indices, script } = options;
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
  const body =
    `<header class=fh><h1>${heading}</h1></header>` +
    metrics(view) +
    `<div class=tools data-list="${script}"><p class=orders>Order: ${orders}</p></div>` +
    `<div class=scroll tabindex=0 role=region aria-label="Features"><table class=list><thead><tr>${header(view)}</tr></thead><tbody>${shown
      .map((index) => row(view, index))
      .join('')}</tbody></table></div>${pager(order, page, pages)}`;
  return {
    path: `${id}/${listFile(order, page)}`,
    title: `${heading}, by ${order.name}${page > 0 ? `, page ${page + 1}` : ''}`,
    description: `${heading} of ${plain(site.study.name)}: ${integer(features)} ${unitName(view)}s by ${order.name}.`,
    body,
  };
}

function header(view: DictionaryView): string {
  const extra =
    (view.has.widths ? '<th scope=col data-by=children>from → into' : '') +
    (view.has.twins ? '<th scope=col data-by=twins>twins' : '');
  return `<th scope=col data-by=index>${unitName(view)}<th scope=col>fires on<th scope=col data-by=density>density<th scope=col data-by=max>max<th scope=col class=text data-by=domain>mostly in${extra}`;
}

function row(view: DictionaryView, index: number): string {
  const { evaluationTokens } = view.record;
  const active = view.activeTokens[index] ?? 0;
  const dead = active === 0;
  const domain = view.dominantDomain[index];
  const extra =
    (view.has.widths
      ? `<td class=n>${view.parentCount[index]}<span class=dot>→</span>${view.childCount[index]}`
      : '') + (view.has.twins ? `<td class=n>${view.twinCount[index]}` : '');
  return (
    `<tr${dead ? ' class=dead' : ''}><th scope=row><a href=${index}.html>${index}</a></th>` +
    `<td class=on>${dead ? '<span class=none>dead</span>' : view.firesOn[index] || '<span class=none>n/a</span>'}` +
    `<td class=n>${evaluationTokens > 0 ? percent(active / evaluationTokens) : 'n/a'}` +
    `<td class=n>${dead ? 'n/a' : significant(view.maxActivation[index])}` +
    `<td class=text>${domain ? `${plain(domain)} <small>${percent(view.dominantShare[index])}</small>` : '<span class=none>n/a</span>'}${extra}</tr>`
  );
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

function metrics(view: DictionaryView): string {
  const { record } = view;
  const entry = (term: string, value: string, small = ''): string =>
    `<div><dt>${term}</dt><dd>${value}${small && ` <small>${small}</small>`}</dd></div>`;
  const share = record.features > 0 ? record.deadFeatures / record.features : null;
  const trained = record.training
    ? entry('explained variance', percent(record.explainedVariance)) +
      entry('loss recovered', percent(record.lossRecovered))
    : '';
  return (
    `<div class=lh><dl class=facts>${entry(`${unitName(view)}s`, integer(record.features), `of ${integer(record.activationWidth)} dimensions`)}` +
    entry('L0', fixed(record.l0, 1), 'active a token') +
    trained +
    entry('dead', integer(record.deadFeatures), share === null ? '' : percent(share)) +
    `</dl><figure>${densityHistogram(view)}<figcaption>Density, the share of tokens a ${unitName(view)} is active on</figcaption></figure></div>`
  );
}

/** Histogram of the log densities of a dictionary; bare for a thumbnail. */
export function densityHistogram(view: DictionaryView, bare = false): string {
  return histogramSvg({
    histogram: view.record.densityHistogram,
    label: `Histogram of the densities of ${view.record.id}`,
    y: 'linear',
    height: bare ? 26 : 96,
    width: bare ? 120 : 300,
    bare,
    tick: powerOfTen,
  });
}

/** Values of every feature for the script that sorts and filters, as one call with columns. */
export function listData(view: DictionaryView): string {
  const domains = [...new Set(view.dominantDomain.filter((domain) => domain !== null))].sort();
  const data = {
    unit: unitName(view),
    total: view.record.evaluationTokens,
    active: view.activeTokens,
    max: view.maxActivation.map((value) => Number(value.toPrecision(4))),
    on: view.firesOn,
    domains: domains.map(plain),
    domain: view.dominantDomain.map((domain) => (domain === null ? -1 : domains.indexOf(domain))),
    share: view.dominantShare.map((share) => (share === null ? null : Number(share.toPrecision(3)))),
    ...(view.has.widths && { parents: view.parentCount, children: view.childCount }),
    ...(view.has.twins && { twins: view.twinCount }),
  };
  // Line separators end a statement in old parsers; everything else JSON says is a script's literal too.
  return `monosemaList(${JSON.stringify(data).replace(/[\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16)}`)});\n`;
}
