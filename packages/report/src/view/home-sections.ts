import type { StudyRecord } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { densityHistogram, nothingToRecover } from './list-page.ts';
import {
  counted,
  duration,
  fixed,
  integer,
  percent,
  percentTick,
  share,
  significant,
  size,
} from './number.ts';
import type { DictionaryView, Site } from './site.ts';
import { activationsOf, isNeurons, trainingTokensOf } from './site.ts';
import { curveSvg } from './svg-curve.ts';
import { histogramSvg } from './svg-histogram.ts';
import { pointsSvg } from './svg-points.ts';

/** The dictionaries with their metrics. */
export function dictionarySection({ dictionaries }: Site): string {
  const views = [...dictionaries.values()];
  const [first] = views;
  const neurons = first?.record.site === 'mlp-activations';
  const trained = views.flatMap(({ record }) =>
    record.lossRecovered === null || record.kind === 'control'
      ? []
      : [{ name: record.id, x: record.l0, y: record.lossRecovered }],
  );
  return (
    '<section id=dictionaries><h2>Runs</h2>' +
    `<p class=note>The same activations${first ? ` (${activationsOf(first.record)})` : ''}, taken apart${howOften(views)}. ` +
    'L0 is the number of features active a token; loss recovered is the share of what the layer ' +
    `contributes to prediction that survives when its activations are replaced by their reconstruction.${others(views)}</p>` +
    `<div class=scroll tabindex=0 role=region aria-label="Runs"><table class=num><thead><tr><th scope=col>dictionary<th scope=col class=text>architecture<th scope=col>width<th scope=col>× ${neurons ? 'neurons' : 'dimensions'}<th scope=col>λ, sum<th scope=col>λ, mean<th scope=col>L0<th scope=col>explained variance<th scope=col>loss recovered` +
    `<th scope=col>dead<th scope=col>ultralow<th scope=col>density</tr></thead><tbody>${views.map(row).join('')}</tbody></table></div>` +
    `<div class=side>${trained.length > 1 ? runsChart(trained) : ''}<div>` +
    '<p class="note small">λ, sum: the squared error is summed over dimensions, as it is trained here. λ, mean: the same run as those write it who take the mean over dimensions, as the paper does; the number of dimensions times smaller. ' +
    'Dead: active on no evaluation token. Ultralow: on fewer than one in a million; n/a where fewer were looked at. Density: features by the share of tokens they are active on, from rare to common, dead ones left out.</p>' +
    (views.some(({ record }) => nothingToRecover(record))
      ? '<p class="note small">Loss recovered is n/a where the loss does not rise when the activations are set to zero or to their mean, as in a model of shuffled weights: then there is nothing to recover.</p>'
      : '') +
    (trained.some(({ y }) => y > 1)
      ? '<p class="note small">More than 100 % of the loss is recovered where the model predicts the tokens looked at better by the reconstruction than by its own activations: of few tokens, or of a model that has learned little, by chance.</p>'
      : '') +
    '</div></div></section>'
  );
}

function runsChart(points: readonly { name: string; x: number; y: number }[]): string {
  const svg = pointsSvg({
    label: 'Loss recovered by L0, a point for each dictionary',
    points,
    xName: 'L0, active features a token',
    yName: 'loss recovered',
    yTick: percentTick,
  });
  return `<figure class=wide>${svg}<figcaption>What each run keeps, against how many features it uses at once. Higher and further to the left is better.</figcaption></figure>`;
}

/** How the dictionaries of the first model differ, as far as there are several. */
function howOften(views: readonly DictionaryView[]): string {
  const own = views.filter(
    ({ record }) => record.kind === 'dictionary' && record.model === views[0]?.record.model,
  );
  if (own.length < 2) return '';
  return new Set(own.map(({ record }) => record.features)).size > 1
    ? ' at several widths'
    : ' in several ways';
}

/** What the rows are that are of no dictionary of the first model. */
function others(views: readonly DictionaryView[]): string {
  const [first] = views;
  const name = ({ record }: DictionaryView): string => plain(record.id);
  const twins = views.filter(
    ({ record }) => record.kind === 'dictionary' && record.model !== first?.record.model,
  );
  const controls = views.filter(({ record }) => record.kind === 'control');
  return (
    (views.some(isNeurons) ? ' Neurons are measured likewise, as they are.' : '') +
    (twins.length > 0
      ? ` Of ${new Set(twins.map(({ record }) => record.model)).size > 1 ? 'other models, begun from other seeds' : 'a second model, begun from another seed'}: ${twins.map(name).join(', ')}.`
      : '') +
    (controls.length > 0
      ? ` The control, of a model whose weights were shuffled: ${controls.map(name).join(', ')}.`
      : '')
  );
}

function row(view: DictionaryView): string {
  const { record } = view;
  const name = isNeurons(view) ? `${plain(record.model)} neurons` : plain(record.id);
  // Architectures that keep a number of features have no λ.
  const lambda = record.training?.l1Coefficient || null;
  const multiple = record.features / record.activationWidth;
  return (
    `<tr><th scope=row><a href="${record.id}/index.html">${name}</a></th><td class=text>${plain(record.training?.architecture ?? (record.kind === 'dictionary' ? 'imported' : 'n/a'))}<td>${integer(record.features)}<td>${Number.isInteger(multiple) ? integer(multiple) : significant(multiple)}` +
    `<td>${setting(lambda)}<td>${setting(lambda === null ? null : lambda / record.activationWidth)}` +
    `<td>${fixed(record.l0, 1)}<td>${percent(record.explainedVariance)}<td>${percent(record.lossRecovered)}` +
    `<td>${record.deadFeatures > 0 ? `<small>${share(record.deadFeatures / record.features)}</small> ` : ''}${integer(record.deadFeatures)}<td>${record.ultralowFeatures === null ? 'n/a' : integer(record.ultralowFeatures)}<td>${densityHistogram(view, true)}</tr>`
  );
}

/** A number that was set and not measured: no zeros that claim precision. */
const setting = (value: number | null): string =>
  value === null || value < 1e-4 ? significant(value) : String(Number(value.toPrecision(3)));

/** What the figures were made with, in short. */
export function provenanceSection({ name, provenance }: StudyRecord): string {
  const { adapter, monosema, stages, tokenizerHash } = provenance;
  const entry = (term: string, value: string): string => `<div><dt>${term}</dt><dd>${value}</dd></div>`;
  const last = stages.at(-1);
  const earlier = stages.flatMap((stage) => stage.adapter ?? []).filter((name) => name !== adapter.name);
  return (
    '<section id=provenance><h2>Where this comes from</h2>' +
    '<p class=note>Every figure and every example was computed by one command from one configuration; the page on method has the formula of each, and the hash of everything that went in.</p>' +
    '<dl class=prov>' +
    entry('study', plain(name)) +
    entry('made with', `Monosema ${plain(monosema)}`) +
    entry(
      'computed on',
      `${plain([...new Set(earlier), adapter.name].join(', '))} <small>${plain(adapter.class)}</small>`,
    ) +
    entry('time', duration(stages.reduce((sum, { seconds }) => sum + seconds, 0))) +
    entry('tokenizer', `<code>${plain(tokenizerHash.slice(0, 12))}</code>`) +
    (last ? entry(plain(last.stage), `<code>${plain(last.hash.slice(0, 12))}</code>`) : '') +
    '</dl><p><a href="method.html#provenance">All hashes, versions and the configuration</a></p></section>'
  );
}

/** Best matches between models, features against neurons. */
export function universalitySection({ study }: Site): string {
  if (study.universality.length === 0) return '';
  const figures = study.universality.map(
    ({ from, to, medianCorrelation, compared, histogram }) =>
      `<figure>${histogramSvg({
        histogram,
        label: `Histogram of the best correlations from ${from} to ${to}; the median is ${fixed(medianCorrelation, 2)}`,
        y: 'linear',
        height: 120,
        mark: { at: medianCorrelation, text: `median ${fixed(medianCorrelation, 2)}` },
        tick: (value) => fixed(value, 1),
      })}<figcaption><b>${plain(from)} → ${plain(to)}</b> best correlation of ${integer(compared)} ${from.endsWith('neurons') ? 'neurons' : 'features'}</figcaption></figure>`,
  );
  return (
    '<section id=universality><h2>Found again in another model</h2>' +
    '<p class=note>A second model was trained from another seed. For every live unit of the first, the unit of the second whose activations correlate with it best on the same tokens. ' +
    'If features are real properties of text rather than accidents of training, they should be found again more often than neurons.</p>' +
    `<div class=multiples>${figures.join('')}</div></section>`
  );
}

/** The transformers and the baselines they must beat. */
export function modelSection({ models }: StudyRecord): string {
  if (models.length === 0) return '';
  const rows = models
    .map(
      (model) =>
        `<tr><th scope=row>${plain(model.id)}</th><td>${integer(model.parameters)}<td>${trainingTokensOf(model)}<td>${fixed(model.trainLoss, 3)}<td><b>${fixed(model.validationLoss, 3)}</b><td>${fixed(model.bigramLoss, 3)}<td>${fixed(model.unigramLoss, 3)}</tr>`,
    )
    .join('');
  const first = models[0];
  const shape = first
    ? `${first.layers === 1 ? 'One layer' : `${first.layers} layers`}, width ${integer(first.dModel)}, MLP ${integer(first.dMlp)} (${plain(first.activation)}), ${counted(first.heads, 'head')}, context ${integer(first.context)}, vocabulary ${integer(first.vocabulary)}.`
    : '';
  const imported = models.filter(
    ({ trainingTokens, shuffleOf }) => trainingTokens === 0 && shuffleOf === null,
  );
  const trained = models.filter(({ history }) => history.length > 0);
  const chart = curveSvg({
    label: 'Training loss by tokens seen, with the unigram and bigram baselines',
    lines: trained.map(({ id, history }) => ({
      name: `model ${id}`,
      points: history.map(({ tokens, loss }) => ({ x: tokens, y: loss })),
    })),
    rules: first
      ? [
          { name: 'unigram', y: first.unigramLoss },
          { name: 'bigram', y: first.bigramLoss },
        ]
      : [],
    xTick: (value) => (value >= 1e6 ? `${value / 1e6}M` : value >= 1e3 ? `${value / 1e3}k` : String(value)),
  });
  return (
    `<section id=models><h2>The models</h2><p class=note>${shape} Losses in nats a token, the less the better; the baselines know only how often tokens (unigram) and pairs of them (bigram) occur in the same training text.${imported.length > 0 ? ` Imported, and trained elsewhere: ${imported.map(({ id }) => plain(id)).join(', ')}.` : ''}</p>` +
    '<div class=side><div class=scroll tabindex=0 role=region aria-label="Models"><table class=num><thead><tr><th scope=col>model<th scope=col>parameters<th scope=col>training tokens<th scope=col>training loss<th scope=col>validation loss<th scope=col>bigram<th scope=col>unigram</tr></thead>' +
    `<tbody>${rows}</tbody></table></div>${trained.length > 0 ? `<figure>${chart}<figcaption>Loss in training, in nats a token, by tokens seen</figcaption></figure>` : ''}</div></section>`
  );
}

/** What the models read. */
export function corpusSection({ corpus }: StudyRecord): string {
  const most = Math.max(...corpus.domains.map(({ bytes }) => bytes), 1);
  const labelled = corpus.domains.reduce((sum, { documents }) => sum + documents, 0);
  const unlabelled = corpus.documents - labelled;
  const sorted = corpus.domains.toSorted((a, b) => b.bytes - a.bytes);
  const items = sorted
    .slice(0, MOST_DOMAINS)
    .map(
      ({ domain, documents, bytes }) =>
        `<li><span>${plain(brief(domain))}</span><svg width=48 height=8 aria-hidden=true><path d="M0 0h${Math.max(1, Math.round((bytes / most) * 48))}v8H0z"/></svg><span>${size(bytes)}</span><small>${integer(documents)} ${documents === 1 ? 'document' : 'documents'}</small></li>`,
    )
    .join('');
  return (
    `<section id=corpus><h2>The corpus</h2><p class=note>${integer(corpus.documents)} documents, ${size(corpus.bytes)}; ${integer(corpus.trainTokens)} tokens to train on and ${integer(corpus.validationTokens)} to validate on, ` +
    `split by document.</p>${items && `<ul class=corpus>${items}</ul>`}` +
    (sorted.length > MOST_DOMAINS
      ? `<p class="note small">and ${integer(sorted.length - MOST_DOMAINS)} smaller ones</p>`
      : '') +
    (items !== '' && unlabelled > 0
      ? `<p class="note small">${integer(unlabelled)} ${unlabelled === 1 ? 'document has' : 'documents have'} no label</p>`
      : '') +
    '</section>'
  );
}

/** Domains of a corpus that are listed: some have one for every document. */
const MOST_DOMAINS = 60;
const LONGEST_DOMAIN = 80;

function brief(domain: string): string {
  const characters = Array.from(domain);
  return characters.length > LONGEST_DOMAIN ? `${characters.slice(0, LONGEST_DOMAIN - 1).join('')}…` : domain;
}
