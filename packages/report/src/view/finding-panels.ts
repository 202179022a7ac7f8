import type { FeatureRecord } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { explanationHtml } from './explanation.ts';
import { linkItem, panel } from './feature-panels.ts';
import type { Place } from './feature-panels.ts';
import { fixed, share, significant } from './number.ts';
import { tryAddress } from './playground-page.ts';

/** What explainers make of the feature, under its name. */
export function explanations({ explanations: found }: FeatureRecord): string {
  return found
    .map(
      ({ explainer, text, activationScore, logitScore }) =>
        `<p class=expl><small>${explainer === 'rules' ? 'by rule' : plain(explainer)}</small> ${explanationHtml(text)} <small title="Spearman correlation of predicted activations; right guesses at likelier tokens">score ${activationScore === null ? 'n/a' : fixed(activationScore, 2)}, logits ${share(logitScore)}</small></p>`,
    )
    .join('');
}

/** `domain:code_js` as its name and, smaller, its kind: the same name may be a script and a domain. */
function proxyHtml(proxy: string): string {
  const colon = proxy.indexOf(':');
  const name = plain(proxy.slice(colon + 1).replaceAll('_', ' '));
  return colon < 0 ? name : `${name} <small>${plain(proxy.slice(0, colon))}</small>`;
}

/** Kinds of text that the feature answers to. */
export function proxyPanel(feature: FeatureRecord): string {
  if (feature.proxies.length === 0) return '';
  const rows = feature.proxies
    .map(
      ({ proxy, pearson, specificity, topSpecificity }) =>
        `<tr><th>${proxyHtml(proxy)}<td>${fixed(pearson, 2)}<td>${share(topSpecificity)}<td>${share(specificity)}`,
    )
    .join('');
  return panel(
    'proxies',
    'Kinds of text',
    `<table class=num><thead><tr><th scope=col>kind<th scope=col>Pearson<th scope=col>strong<th scope=col>all<tbody>${rows}</table>`,
    'Those that the activation correlates with; and the share of tokens that are of the kind: of those above half of the maximum, and of all active ones.',
  );
}

/** Features of the same dictionary that are active with it. */
export function correlatedPanel(place: Place, feature: FeatureRecord): string {
  if (feature.correlatedFeatures.length === 0) return '';
  return panel(
    'correlated',
    'Active together',
    `<ol class=links>${feature.correlatedFeatures
      .map(({ feature: other, pearson }) => linkItem(place, place.view.record.id, other, fixed(pearson, 2)))
      .join('')}</ol>`,
    'Of the same dictionary, by correlation of activations over all pairs.',
  );
}

/** What the feature leads to, and what leads to it. */
export function automatonPanel(place: Place, { automaton }: FeatureRecord): string {
  const list = (name: string, edges: FeatureRecord['automaton']['into']): string =>
    edges.length === 0
      ? ''
      : `<h3>${name}</h3><ol class=links>${edges
          .map(({ feature, lift }) => linkItem(place, place.view.record.id, feature, `${significant(lift)}×`))
          .join('')}</ol>`;
  const body = list('Leads to', automaton.into) + list('Follows', automaton.outOf);
  return body === ''
    ? ''
    : panel(
        'automaton',
        'Automaton',
        body,
        'Features likelier to fire one token after it, or before it; how many times likelier than anywhere.',
      );
}

/** Text the model goes on with when the feature is held at an activation, and how a reader gets more of it. */
export function steeringPanel(
  { site, path, view }: Place,
  { index, activeTokens, steering }: FeatureRecord,
): string {
  const samples = steering
    .map(
      ({ prompt, pinnedTo, steered, plain: unsteered }) =>
        `<dl class=steer lang=""><div><dt>${prompt === '' ? 'beginning of a document' : `after ${plain(prompt)}`}</dt></div><div><dt>held at ${significant(pinnedTo)}</dt><dd dir=auto>${oneLine(steered)}</dd></div><div><dt>plain</dt><dd dir=auto>${oneLine(unsteered)}</dd></div></dl>`,
    )
    .join('');
  const tried = tryAddress(site, path, view, index);
  // Neurons are not held, and what never fired has no largest activation to be held at.
  const command =
    view.record.kind === 'neurons' || activeTokens === 0
      ? ''
      : (tried
          ? `<p class=note><a href=${tried}>Hold it on a text of your own</a>, in your browser, or where the study is:</p>`
          : '<p class=note>On a prompt of your own, where the study is:</p>') +
        `<code class=cmd>npx monosema sample study.config.ts --prompt 'The ' --pin ${view.record.id}:${index}=max</code>`;
  if (samples + command === '') return '';
  const note = samples && 'Samples by one seed, with the feature held everywhere, and without.';
  return panel('steering', 'Steering', samples + command, note);
}

/** Sampled text as one line. */
const oneLine = (text: string): string => plain(text.replaceAll(/\r?\n/g, ' ↵ ').replaceAll('\t', ' ⇥ '));
