import type { FeatureRecord, Histogram } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { fixed, integer, percent, share, significant, signed } from './number.ts';
import { brief, panelLink, thumbnail } from './site.ts';
import type { DictionaryView, Site } from './site.ts';
import { histogramSvg } from './svg-histogram.ts';

type Link = FeatureRecord['neighbours'][number];

/** Where a panel stands: the site, the path of its page, and the dictionary of its feature. */
export interface Place {
  site: Site;
  path: string;
  view: DictionaryView;
}

/** A panel as a section; `id` is its anchor. */
export const panel = (id: string, title: string, body: string, note = ''): string =>
  `<section class=panel id=${id}><h2>${title}</h2>${note && `<p class=note>${note}</p>`}${body}</section>`;

/** Class that draws a bar behind a cell, in twentieths of the largest. */
const bar = (value: number, largest: number): string =>
  `w${largest > 0 ? Math.round((Math.abs(value) / largest) * 20) : 0}`;

/** The end of the bin with which half of what a histogram counts is counted; null where it counts nothing. */
export function halfBelow({ edges, counts }: Histogram): number | null {
  const half = counts.reduce((sum, count) => sum + count, 0) / 2;
  let seen = 0;
  for (const [i, count] of counts.entries())
    if (count > 0 && (seen += count) >= half) return edges[i + 1] ?? null;
  return null;
}

/** Histogram of the activations on active tokens. */
export function activationPanel(feature: FeatureRecord): string {
  const chart = histogramSvg({
    histogram: feature.histogram,
    label: `Histogram of ${integer(feature.activeTokens)} activations from 0 to ${significant(feature.maxActivation)}, half of them below ${significant(halfBelow(feature.histogram))}`,
    y: 'log',
  });
  return panel(
    'activations',
    'Activations',
    chart,
    'Active tokens by activation; counts on a logarithmic scale.',
  );
}

/** The tokens whose logits the feature raises and lowers most, and the histogram over the vocabulary. */
export function logitPanel(place: Place, feature: FeatureRecord): string {
  const { vocabulary } = place.site;
  const chart = histogramSvg({
    histogram: feature.logitWeights.histogram,
    label: `Histogram of the logit weights of all ${integer(vocabulary.size)} tokens`,
    y: 'log',
    signed: true,
    height: 100,
  });
  return logitTables(place, feature, Infinity, chart);
}

/** The first of those tokens. @param most of them in each table */
export function logitTables(
  { site }: Place,
  { logitWeights: { top, bottom, linearity } }: FeatureRecord,
  most: number,
  chart = '',
): string {
  if (top.length === 0 && bottom.length === 0)
    return panel('logits', 'Logit weights', '<p class=none>n/a</p>');
  const largest = Math.max(...[...top, ...bottom].map(({ weight }) => Math.abs(weight)));
  const table = (name: string, rows: typeof top): string =>
    `<table class=logits><caption>${name}</caption><tbody>${rows
      .slice(0, most)
      .map(
        ({ token, weight }) =>
          `<tr><td><b>${site.vocabulary.glyph(token).alone}</b><td class=${bar(weight, largest)}>${signed(weight)}`,
      )
      .join('')}</table>`;
  const measured = linearity ? ` ${linearitySentence(linearity)}` : '';
  return panel(
    'logits',
    'Logit weights',
    `<div class=two>${table('Raises', top)}${table('Lowers', bottom)}</div>${chart}`,
    `What it adds to the logit of every next token, its score before probabilities: weights alone, no data.${measured}`,
  );
}

/** How far the weights tell what removing the unit does to the logit of the token that came. */
function linearitySentence({
  pearson,
  atScale,
  tokens,
}: NonNullable<FeatureRecord['logitWeights']['linearity']>): string {
  const held = atScale === null ? '' : `, ${fixed(atScale, 2)} with the final LayerNorm's scale held`;
  return `Activation times weight correlates with what removing the unit does to the next token's logit: ${fixed(pearson, 2)}${held} (${integer(tokens)} tokens).`;
}

/** Links with what they fire on, links folded away without it, and domains: what a page has room for. */
const LINKS = 6;
const FOLDED = 8;
const DOMAINS = 12;

/** A link of a list: the feature, a figure, and what it fires on. */
export const linkItem = (place: Place, dictionary: string, feature: number, figure: string): string =>
  `<li>${panelLink(place.site, place.path, dictionary, feature)}<i>${figure}</i><p>${brief(place.site, dictionary, feature)}`;

/** How alike two features are, and, where that is another figure, the cosine of their directions. */
const likeness = ({ similarity, cosine }: Link): string =>
  fixed(similarity, 2) + (cosine === null || cosine === similarity ? '' : ` · ${fixed(cosine, 2)}`);

function linkList(place: Place, links: readonly Link[]): string {
  // Folding away only a few would not be worth a click.
  const open = links.length <= LINKS + 2 ? links.length : LINKS;
  const list = links
    .slice(0, open)
    .map((link) => linkItem(place, link.dictionary, link.feature, likeness(link)));
  const folded = links
    .slice(open, open + FOLDED)
    .map(
      (link) => `<li>${panelLink(place.site, place.path, link.dictionary, link.feature)} ${likeness(link)}`,
    );
  const weaker = links.length - open - folded.length;
  return (
    `<ol class=links>${list.join('')}</ol>` +
    (folded.length
      ? `<details><summary>${integer(links.length - open)} more</summary><ol class=more>${folded.join('')}</ol>${weaker > 0 ? `<p class=none>and ${integer(weaker)} weaker ones</p>` : ''}</details>`
      : '')
  );
}

/** Parents in the narrower dictionary, this feature, children in the wider one. */
export function splitPanel(place: Place, feature: FeatureRecord): string {
  const { parents, children } = feature;
  const { site, view } = place;
  if (!view.has.widths) return '';
  const here = `<div class=here><span class=f>${plain(view.record.id)}·${feature.index}</span>${thumbnail(site, view.record.id, feature.index)}</div>`;
  const group = (name: string, links: readonly Link[], none: string): string =>
    `<h3>${name}</h3>${links.length ? linkList(place, links) : `<p class=none>${none}</p>`}`;
  return panel(
    'splitting',
    'Splitting',
    `<div class=tree><div class=up>${group('From the narrower dictionary', parents, 'none found')}</div>${here}<div class=down>${group('Into the wider dictionary', children, 'none found')}</div></div>`,
    'Features of other widths that it comes from and divides into: how alike they fire (masked cosine) · how alike they point (cosine).',
  );
}

function twinTable(place: Place, twins: FeatureRecord['twins']): string {
  const rows = twins
    .slice(0, LINKS + 2)
    .map(
      ({ dictionary, feature, similarity, logitWeights, attribution }) =>
        `<tr><th>${panelLink(place.site, place.path, dictionary, feature)}<td class="on text">${brief(place.site, dictionary, feature)}<td>${fixed(similarity, 2)}<td>${fixed(attribution, 2)}<td>${fixed(logitWeights, 2)}`,
    );
  return `<table class=num><thead><tr><th scope=col>feature<th scope=col class=text>fires on<th scope=col><abbr title=activations>act.</abbr><th scope=col><abbr title=attributions>attr.</abbr><th scope=col>logits<tbody>${rows.join('')}</table>`;
}

/** Best matches in the other model. */
export function twinPanel(place: Place, feature: FeatureRecord): string {
  const { twins } = feature;
  if (twins.length === 0) return '';
  const further = twins.some(
    ({ logitWeights, attribution }) => logitWeights !== null || attribution !== null,
  );
  return panel(
    'twins',
    'Twins in another model',
    further ? twinTable(place, twins) : linkList(place, twins),
    further
      ? 'A model trained from another seed: correlations of activations and of attributions (activation times the logit weight of the next token) on the same tokens, and of the logit weights.'
      : 'A model trained from another seed: correlation of activations on the same tokens.',
  );
}

/** Nearest decoder rows of the same dictionary. */
export function neighbourPanel(place: Place, feature: FeatureRecord): string {
  if (feature.neighbours.length === 0) return '';
  return panel(
    'neighbours',
    'Neighbours',
    linkList(place, feature.neighbours),
    'Nearest directions of the same dictionary, by cosine.',
  );
}

/** The neurons the feature is made of, and those that fire with it. */
export function neuronPanel({ site, path, view }: Place, feature: FeatureRecord): string {
  const link = (neuron: number): string => {
    const id = `${view.record.model}/neurons`;
    return site.dictionaries.has(id) ? panelLink(site, path, id, neuron) : `neuron ${neuron}`;
  };
  const { neuronAlignment, correlatedNeurons } = feature;
  const aligned = neuronAlignment.length
    ? `<table class=num><caption>Largest coefficients of the direction</caption><thead><tr><th scope=col>neuron<th scope=col>coefficient<th scope=col>share of L1</tr></thead><tbody>${neuronAlignment
        .map(
          ({ neuron, coefficient, share }) =>
            `<tr><th>${link(neuron)}<td>${signed(coefficient, 3)}<td>${percent(share)}`,
        )
        .join('')}</table>`
    : '';
  const correlated = correlatedNeurons.length
    ? `<table class=num><caption>Correlated activations</caption><thead><tr><th scope=col>neuron<th scope=col>Pearson<th scope=col>cosine</tr></thead><tbody>${correlatedNeurons
        .map(
          ({ neuron, pearson, cosine }) =>
            `<tr><th>${link(neuron)}<td>${signed(pearson)}<td>${fixed(cosine, 2)}`,
        )
        .join('')}</table>`
    : '';
  return aligned || correlated ? panel('neurons', 'Neurons', aligned + correlated) : '';
}

/** Where in the corpus the feature fires. */
export function domainPanel(feature: FeatureRecord): string {
  if (feature.domains.length === 0) return '';
  const strong = feature.domains.reduce((sum, { topHalfTokens }) => sum + topHalfTokens, 0);
  const of = (part: number, whole: number): string => share(whole > 0 ? part / whole : null);
  const rows = feature.domains
    .slice(0, DOMAINS)
    .map(
      ({ domain, activeTokens, topHalfTokens }) =>
        `<tr><th>${plain(domain)}<td class=${bar(topHalfTokens, strong)}>${of(topHalfTokens, strong)}<td>${of(activeTokens, feature.activeTokens)}`,
    )
    .join('');
  return panel(
    'domains',
    'Domains',
    `<table class=num><thead><tr><th scope=col>domain<th scope=col>strong<th scope=col>all<tbody>${rows}</table>${feature.domains.length > DOMAINS ? `<p class=none>and ${integer(feature.domains.length - DOMAINS)} others</p>` : ''}`,
    'Shares of the tokens above half of the maximum, and of all active tokens.',
  );
}
