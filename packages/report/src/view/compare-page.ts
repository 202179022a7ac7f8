import type { Histogram } from '@monosema/trainer/records';
import { CLAIMS } from './claims-page.ts';
import { plain } from './escape.ts';
import { powerOfTen } from './list-page.ts';
import { fixed, integer, percent, percentTick } from './number.ts';
import { isNeurons } from './site.ts';
import type { DictionaryView, PageContent, Site } from './site.ts';
import { compareSvg, medianOf } from './svg-compare.ts';
import { pairsSvg } from './svg-pairs.ts';

export const COMPARE = 'compare.html';

/** Tokens of a level that a share needs: of the very largest activations hardly any is left to test on. */
const LEAST_TOKENS = 10;
/** Bins of the histograms that are made here. */
const BINS = 40;

interface Row {
  name: string;
  histogram: Histogram;
  /** What learned features are compared with. */
  plain: boolean;
  median?: number | null;
}

/** Renders the distributions of learned features beside those of neurons and of the control, on common axes. */
export function comparePage(site: Site): PageContent {
  const first = site.study.models[0]?.id;
  const views = [...site.dictionaries.values()].filter(
    ({ record }) => record.model === first || record.kind === 'control',
  );
  const neurons = views.some(isNeurons);
  const title = neurons ? 'Features against neurons' : 'Features compared';
  const sections = [universality(site), explained(views), domains(views), proxies(site), densities(views)];
  return {
    path: COMPARE,
    title,
    description: `How the features of ${plain(site.title)} ${neurons ? 'differ from its neurons' : 'are distributed'}: found again in another model, explained, of one kind of text.`,
    body:
      `<header class=fh><h1>${title}</h1></header>` +
      `<p class=note>${neurons ? 'The neurons of the model are put through every measurement that features are' : 'All dictionaries of the model are put through the same measurements; what they take apart has no neurons to compare with'}${views.some(({ record }) => record.kind === 'control') ? `${neurons ? ', and so' : '. So'} is the control: a dictionary of a model whose weights were shuffled` : ''}. Each row is a histogram over all units that could be measured, as high as its own largest bin; the line is its median.</p>` +
      sections.join(''),
  };
}

const nameOf = (view: DictionaryView): string =>
  isNeurons(view)
    ? `neurons of ${view.record.model}`
    : view.record.kind === 'control'
      ? `control ${view.record.id}`
      : view.record.id;
const isPlain = ({ record }: DictionaryView): boolean => record.kind !== 'dictionary';

function section(id: string, title: string, note: string, body: string): string {
  return body === ''
    ? ''
    : `<section class=fs id=${id}><h2>${title}</h2><p class=note>${note}</p>${body}</section>`;
}

/**
 * A chart of several rows beside the table of its medians; empty when nothing was measured.
 *
 * @param options.beside another table that has the medians; empty for none
 */
function chart(
  label: string,
  given: readonly Row[],
  show: (value: number | null) => string,
  { tick, beside = '' }: { tick?: (value: number) => string; beside?: string } = {},
): string {
  const rows = given.filter(({ histogram }) => histogram.counts.some((count) => count > 0));
  if (rows.length === 0) return '';
  const table = rows.map(
    ({ name, histogram, median = medianOf(histogram) }) =>
      `<tr><th scope=row>${plain(name)}</th><td>${show(median)}<td>${integer(histogram.counts.reduce((sum, count) => sum + count, 0))}</tr>`,
  );
  return (
    `<div class=compared><figure>${compareSvg({ label, rows, ...(tick && { tick }) })}<figcaption>${label}</figcaption></figure>` +
    `${beside || `<table class=num><thead><tr><th scope=col>of<th scope=col>median<th scope=col>measured</tr></thead><tbody>${table.join('')}</tbody></table>`}</div>`
  );
}

const two = (value: number | null): string => fixed(value, 2);

function universality({ study }: Site): string {
  const rows = study.universality.map(({ from, to, histogram, medianCorrelation }) => ({
    name: `${from} → ${to}`,
    histogram,
    plain: from.endsWith('neurons') || from.startsWith('R/') || to.startsWith('R/'),
    median: medianCorrelation,
  }));
  const further = study.universality.filter(
    ({ medianLogitWeights, medianAttribution }) => medianLogitWeights !== null || medianAttribution !== null,
  );
  const table =
    further.length === 0
      ? ''
      : `<div class=scroll tabindex=0 role=region aria-label="Medians of three similarities"><table class=num><caption>Medians of three similarities of the best matches</caption><thead><tr><th scope=col>from → to<th scope=col>activations<th scope=col>logit weights<th scope=col>attributions<th scope=col>compared</tr></thead><tbody>${further
          .map(
            (each) =>
              `<tr><th scope=row>${plain(each.from)} → ${plain(each.to)}</th><td>${two(each.medianCorrelation)}<td>${two(each.medianLogitWeights)}<td>${two(each.medianAttribution)}<td>${integer(each.compared)}</tr>`,
          )
          .join('')}</tbody></table></div>`;
  return section(
    'universality',
    'Universality',
    'For every live unit, the unit of another model, trained from another seed, whose activations correlate with it best on the same tokens. What is a property of text and not an accident of training is found again.',
    chart('Correlation with the best match in another model', rows, two, { beside: table }),
  );
}

function explained(views: readonly DictionaryView[]): string {
  const explainers = new Set(
    views.flatMap(({ record }) => record.explanationScores.map(({ explainer }) => explainer)),
  );
  const charts = [...explainers].map((explainer) => {
    const by = explainer === 'rules' ? 'by rule' : `by ${plain(explainer)}`;
    const rows = (kind: 'activation' | 'logit'): Row[] =>
      views.flatMap((view) => {
        const found = view.record.explanationScores.find((each) => each.explainer === explainer);
        return found
          ? [
              {
                name: nameOf(view),
                plain: isPlain(view),
                histogram: found[kind].histogram,
                median: found[kind].median,
              },
            ]
          : [];
      });
    return (
      chart(`Activation score of explanations ${by}: Spearman correlation`, rows('activation'), two) +
      chart(`Logit score of explanations ${by}: share of right answers, chance 0.5`, rows('logit'), two)
    );
  });
  return section(
    'explained',
    'Explanations',
    'How well the activations, and the tokens made likelier, can be told from a sentence. A unit that stands for one thing is easier to put into words.',
    charts.join('') + intervals(views),
  );
}

/** A table of how often explanations expect what is active, by level of activation; empty where nothing was measured. */
function intervals(views: readonly DictionaryView[]): string {
  const measured = views.filter(({ record }) => record.intervalConsistency.length > 0);
  if (measured.length === 0) return '';
  const caption = 'Tokens that explanations by rule expect to be active, by how active they are';
  const rows = [...Array.from({ length: 11 }, (_, level) => level), null].map((level) => {
    const shares = measured.map(({ record }) => {
      const found = record.intervalConsistency.find((each) => each.level === level);
      return `<td>${found === undefined || found.tokens < LEAST_TOKENS ? 'n/a' : percentTick(found.expected / found.tokens)}`;
    });
    return `<tr><th scope=row>${levelName(level)}</th>${shares.join('')}</tr>`;
  });
  const heads = measured.map((view) => `<th scope=col>${plain(nameOf(view))}`).join('');
  return `<div class=scroll tabindex=0 role=region aria-label="${caption}"><table class=num><caption>${caption}</caption><thead><tr><th scope=col>activation${heads}</tr></thead><tbody>${rows.join('')}</tbody></table></div>`;
}

/** What a level of activation is near. */
function levelName(level: number | null): string {
  if (level === null) return 'not active';
  if (level === 0) return 'the largest';
  return level === 10 ? 'next to nothing' : `${100 - 10 * level} % of it`;
}

/** The median of values; the upper one of two. */
const middle = (values: readonly number[]): number | null =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? null;

/** Values counted in equal bins between two bounds. */
function binned(values: readonly number[], low: number, high: number): Histogram {
  const width = (high - low) / BINS || 1;
  const counts = Array.from({ length: BINS }, () => 0);
  for (const value of values) counts[Math.min(BINS - 1, Math.floor((value - low) / width))]!++;
  return { edges: Array.from({ length: BINS + 1 }, (_, i) => low + i * width), counts };
}

function domains(views: readonly DictionaryView[]): string {
  const rows = views.map((view) => {
    const known = view.dominantShare.filter((share) => share !== null);
    return {
      name: nameOf(view),
      plain: isPlain(view),
      histogram: binned(known, 0, 1),
      median: middle(known),
    };
  });
  return section(
    'one-domain',
    'One kind of text',
    'Of the tokens on which a unit is above half of its largest activation, the share that lies in one domain of the corpus. Units that fire on very few tokens are in one domain by accident: see density.',
    chart('Share of strong tokens in the commonest domain', rows, percent, { tick: percentTick }),
  );
}

function proxies({ findings }: Site): string {
  const rows = (findings.proxies?.proxies ?? [])
    .filter(({ feature, neuron }) => feature !== null && neuron !== null)
    .map(({ name, kind, feature, neuron }, _, all) => ({
      name: kindName(name, kind, all),
      from: neuron?.pearson ?? 0,
      to: feature?.pearson ?? 0,
    }))
    .sort((a, b) => b.to - b.from - (a.to - a.from));
  if (rows.length === 0) return '';
  const won = rows.filter(({ from, to }) => to > from).length;
  return section(
    'proxies',
    'Kinds of text that can be computed',
    `For each, the neuron (small mark) and the feature whose activations correlate with it best. A feature does better for ${integer(won)} of ${integer(rows.length)}.${counted(findings)}`,
    `<figure class=pairs>${pairsSvg({ label: 'Largest correlation of a neuron and of a feature with each kind of text', rows, scale: 'linear' })}<figcaption>Pearson correlation with the kind of text</figcaption></figure>`,
  );
}

/** What the claim counts, where it was measured: not all kinds of text are answered to. */
function counted({ claims }: Site['findings']): string {
  const claim = claims?.claims.find(({ id, holds }) => id === 'not-neurons' && holds !== null);
  const [ahead, seen] = claim?.figures.map(({ value }) => value) ?? [];
  if (ahead == null || seen == null) return '';
  return ` Of those that a feature or a neuron answers to at all it does for ${integer(ahead)} of ${integer(seen)}, which is what <a href="${CLAIMS}#not-neurons">the claim</a> counts.`;
}

/** The name of a kind of text, with what it is a kind of where another has the same name. */
function kindName(name: string, kind: string, all: readonly { name: string }[]): string {
  const shown = name.replaceAll('_', ' ');
  const same = all.filter((other) => other.name.toLowerCase() === name.toLowerCase());
  return same.length > 1 ? `${shown}, ${kind}` : shown;
}

function densities(views: readonly DictionaryView[]): string {
  // The records have a histogram of each dictionary in bins of its own; beside each other they need the same.
  const logs = views.map(({ activeTokens, record }) =>
    activeTokens.filter((active) => active > 0).map((active) => Math.log10(active / record.evaluationTokens)),
  );
  const low = logs.flat().reduce((least, value) => Math.min(least, value), 0);
  const high = logs.flat().reduce((most, value) => Math.max(most, value), low);
  const rows = views.map((view, i) => ({
    name: nameOf(view),
    plain: isPlain(view),
    histogram: binned(logs[i]!, low, high),
    median: middle(logs[i]!),
  }));
  return section(
    'density',
    'Density',
    'The share of tokens on which a unit is active, on a logarithmic scale; dead units are left out.',
    chart('Density', rows, (value) => (value === null ? 'n/a' : percent(10 ** value)), {
      tick: powerOfTen,
    }),
  );
}
