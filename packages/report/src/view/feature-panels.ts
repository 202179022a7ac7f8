import type { FeatureRecord } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { fixed, integer, percent, significant, signed } from './number.ts';
import { featureLink, thumbnail } from './site.ts';
import type { DictionaryView, Site } from './site.ts';
import { histogramSvg } from './svg-histogram.ts';

type Link = FeatureRecord['neighbours'][number];

/** Where a panel stands: the site, the path of its page, and the dictionary of its feature. */
export interface Place {
  site: Site;
  path: string;
  view: DictionaryView;
}

const panel = (id: string, title: string, body: string, note = ''): string =>
  `<section class=panel id=${id}><h2>${title}</h2>${note && `<p class=note>${note}</p>`}${body}</section>`;

/** Histogram of the activations on active tokens. */
export function activationPanel(feature: FeatureRecord): string {
  const chart = histogramSvg({
    histogram: feature.histogram,
    label: `Histogram of ${integer(feature.activeTokens)} activations from 0 to ${significant(feature.maxActivation)}`,
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
export function logitPanel({ site }: Place, feature: FeatureRecord): string {
  const { top, bottom, histogram } = feature.logitWeights;
  if (top.length === 0 && bottom.length === 0)
    return panel('logits', 'Logit weights', '<p class=none>n/a</p>');
  const largest = Math.max(...[...top, ...bottom].map(({ weight }) => Math.abs(weight)));
  const table = (name: string, rows: typeof top): string =>
    `<table class=logits><caption>${name}</caption><tbody>${rows
      .map(({ token, weight }) => {
        const bar = largest > 0 ? Math.round((Math.abs(weight) / largest) * 40) : 0;
        const sign = weight < 0 ? ' class=neg' : '';
        return (
          `<tr><th scope=row><span class=on><b>${site.vocabulary.glyph(token).alone}</b></span>` +
          `<td><svg${sign} width=40 height=8 aria-hidden=true><path d="M0 0h${bar}v8H0z"/></svg><td>${signed(weight)}`
        );
      })
      .join('')}</tbody></table>`;
  const chart = histogramSvg({
    histogram,
    label: `Histogram of the logit weights of all ${integer(site.vocabulary.size)} tokens`,
    y: 'log',
    signed: true,
    height: 100,
  });
  return panel(
    'logits',
    'Logit weights',
    `<div class=two>${table('Raises', top)}${table('Lowers', bottom)}</div>${chart}`,
    'The direct path from this unit to the logit of every token: weights alone, no data.',
  );
}

/** Links shown at once; the others are folded away. */
const LINKS = 8;

function linkList(place: Place, links: readonly Link[], measure: string): string {
  const list = (shown: readonly Link[]): string =>
    `<ol class=links>${shown
      .map(
        ({ dictionary, feature, similarity }) =>
          `<li>${featureLink(place.site, place.path, dictionary, feature)}<span class=sim title="${measure}">${fixed(similarity, 2)}</span>${thumbnail(place.site, dictionary, feature)}`,
      )
      .join('')}</ol>`;
  // Folding away only a few would not be worth a click.
  if (links.length <= LINKS + 2) return list(links);
  return `${list(links.slice(0, LINKS))}<details><summary>${integer(links.length - LINKS)} more</summary>${list(links.slice(LINKS))}</details>`;
}

/** Parents in the narrower dictionary, this feature, children in the wider one. */
export function splitPanel(place: Place, feature: FeatureRecord): string {
  const { parents, children } = feature;
  const { site, view } = place;
  if (!view.has.widths) return '';
  const here = `<div class=here><span class=f>${plain(view.record.id)}<span class=dot>·</span>${feature.index}</span>${thumbnail(site, view.record.id, feature.index)}</div>`;
  const group = (name: string, links: readonly Link[], none: string): string =>
    `<h3>${name}</h3>${links.length ? linkList(place, links, 'masked cosine') : `<p class=none>${none}</p>`}`;
  return panel(
    'splitting',
    'Splitting',
    `<div class=tree><div class=up>${group('From the narrower dictionary', parents, 'none found')}</div>${here}<div class=down>${group('Into the wider dictionary', children, 'none found')}</div></div>`,
    'The same direction in dictionaries of other widths, by masked cosine.',
  );
}

/** Best matches in the other model. */
export function twinPanel(place: Place, feature: FeatureRecord): string {
  if (feature.twins.length === 0) return '';
  return panel(
    'twins',
    'Twins in another model',
    linkList(place, feature.twins, 'Pearson correlation'),
    'A model trained from another seed: correlation of activations on the same tokens.',
  );
}

/** Nearest decoder rows of the same dictionary. */
export function neighbourPanel(place: Place, feature: FeatureRecord): string {
  if (feature.neighbours.length === 0) return '';
  return panel(
    'neighbours',
    'Neighbours',
    linkList(place, feature.neighbours, 'cosine'),
    'Nearest directions of the same dictionary, by cosine.',
  );
}

/** The neurons the feature is made of, and those that fire with it. */
export function neuronPanel({ site, path, view }: Place, feature: FeatureRecord): string {
  const link = (neuron: number): string => {
    const id = `${view.record.model}/neurons`;
    return site.dictionaries.has(id) ? featureLink(site, path, id, neuron) : `neuron ${neuron}`;
  };
  const { neuronAlignment, correlatedNeurons } = feature;
  const aligned = neuronAlignment.length
    ? `<table class=num><caption>Largest coefficients of the direction</caption><thead><tr><th scope=col>neuron<th scope=col>coefficient<th scope=col>share of L1</tr></thead><tbody>${neuronAlignment
        .map(
          ({ neuron, coefficient, share }) =>
            `<tr><th scope=row>${link(neuron)}</th><td>${signed(coefficient, 3)}<td>${percent(share)}</tr>`,
        )
        .join('')}</tbody></table>`
    : '';
  const correlated = correlatedNeurons.length
    ? `<table class=num><caption>Correlated activations</caption><thead><tr><th scope=col>neuron<th scope=col>Pearson<th scope=col>cosine</tr></thead><tbody>${correlatedNeurons
        .map(
          ({ neuron, pearson, cosine }) =>
            `<tr><th scope=row>${link(neuron)}</th><td>${signed(pearson)}<td>${fixed(cosine, 2)}</tr>`,
        )
        .join('')}</tbody></table>`
    : '';
  return aligned || correlated ? panel('neurons', 'Neurons', aligned + correlated) : '';
}

/** Where in the corpus the feature fires. */
export function domainPanel(feature: FeatureRecord): string {
  if (feature.domains.length === 0) return '';
  const strong = feature.domains.reduce((sum, { topHalfTokens }) => sum + topHalfTokens, 0);
  const share = (part: number, whole: number): string => (whole > 0 ? percent(part / whole) : 'n/a');
  const rows = feature.domains
    .map(({ domain, activeTokens, topHalfTokens }) => {
      const bar = strong > 0 ? Math.round((topHalfTokens / strong) * 60) : 0;
      return (
        `<tr><th scope=row>${plain(domain)}</th><td><svg width=60 height=8 aria-hidden=true><path d="M0 0h${bar}v8H0z"/></svg></td>` +
        `<td>${share(topHalfTokens, strong)}<td>${share(activeTokens, feature.activeTokens)}</tr>`
      );
    })
    .join('');
  return panel(
    'domains',
    'Domains',
    `<table class=num><thead><tr><th scope=col colspan=2>domain<th scope=col>strong<th scope=col>all</tr></thead><tbody>${rows}</tbody></table>`,
    'Shares of the tokens above half of the maximum, and of all active tokens.',
  );
}
