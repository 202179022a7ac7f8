import { dominantDomain } from '@monosema/trainer/records';
import type { ExampleGroup, FeatureRecord } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { groupHtml, groupOf } from './example-groups.ts';
import { valuesFile, valuesScript } from './feature-values.ts';
import {
  automatonPanel,
  correlatedPanel,
  explanations,
  proxyPanel,
  steeringPanel,
} from './finding-panels.ts';
import {
  activationPanel,
  domainPanel,
  logitPanel,
  neighbourPanel,
  neuronPanel,
  splitPanel,
  twinPanel,
} from './feature-panels.ts';
import type { Place } from './feature-panels.ts';
import { REACHES, fitting } from './fit.ts';
import { integer, percent, significant } from './number.ts';
import { scale } from './scale.ts';
import { isNeurons, unitName } from './site.ts';
import type { DictionaryView, PageContent, PageScript, Site } from './site.ts';

/** The page of a feature, and the script of the values that its tooltips tell. */
export interface FeaturePage {
  page: PageContent;
  values: PageScript;
}

/**
 * Renders the page of one feature or neuron, with as much of its examples as the budget of a page allows.
 *
 * @param shell bytes that the layout puts around the body
 */
export function featurePage(
  site: Site,
  view: DictionaryView,
  feature: FeatureRecord,
  shell: number,
): FeaturePage {
  const { id, features } = view.record;
  const { index } = feature;
  const path = `${id}/${index}.html`;
  const place: Place = { site, path, view };
  const dead = feature.activeTokens === 0;
  const tops = view.firesOnText[index] ?? '';
  const name = `${plain(id)} ${unitName(view)} ${index}`;
  const density =
    view.record.evaluationTokens > 0 ? feature.activeTokens / view.record.evaluationTokens : null;
  const previous = index > 0 ? `${index - 1}.html` : undefined;
  const next = index + 1 < features ? `${index + 1}.html` : undefined;

  const step = (target: string | undefined, rel: string, label: string): string =>
    target ? `<a rel=${rel} href=${target}>${label}</a>` : `<span class=none>${label}</span>`;
  const head =
    `<nav class=crumb aria-label="Place in the dictionary"><a href=index.html>${isNeurons(view) ? `Neurons of ${plain(view.record.model)}` : `Dictionary ${plain(id)}`}</a>` +
    `<span class=steps>${step(previous, 'prev', '← previous')}<span>${integer(index + 1)} of ${integer(features)}</span>${step(next, 'next', 'next →')}</span></nav>` +
    `<header class=fh><h1><small>${plain(id)}</small> ${index}</h1>` +
    `${dead ? '<p class="fires dead">never fired on the evaluation text</p>' : `<p class=fires><small>fires on</small> <span class=on>${view.firesOn[index] || '<span class=none>n/a</span>'}</span></p>`}${explanations(feature)}</header>` +
    facts(view, feature, density);
  const measurements = panels(place, feature);
  const title = tops ? `${name}: ${plain(tops)}` : name;
  const description = dead
    ? `${name} never fired on the evaluation text.`
    : `${name} fires on ${plain(tops)}; active on ${percent(density)} of tokens.`;

  const links =
    (previous ? `<link rel=prev href=${previous}>` : '') + (next ? `<link rel=next href=${next}>` : '');

  const groups = feature.exampleGroups.map((group) =>
    groupOf(site.vocabulary, group, {
      id: group.kind === 'interval' ? `i${group.level}` : group.kind,
      name: nameOf(group),
      largest: feature.maxActivation,
      activeTokens: feature.activeTokens,
      most: group.kind === 'top' ? REACHES[0]!.topExamples : REACHES[0]!.examples,
    }),
  );
  const first = groups.findIndex(({ kind }) => kind === 'top') + 1;
  const body = (sections: readonly string[]): string =>
    head +
    `<div class=cols data-max=${feature.maxActivation} data-values=${valuesFile(index)}><div class=lead><h2>Examples</h2>${dead ? deadNote(view) : legend() + sections.slice(0, first).join('')}</div>` +
    `<aside aria-label=Measurements>${measurements}</aside>` +
    `<div class=rest>${sections.slice(first).join('')}</div></div>`;
  const { reach, html } = fitting(
    groups,
    (given) => body(groups.map((group) => groupHtml(group, given))),
    shell + Buffer.byteLength(title + description + links + body([])),
  );
  return {
    page: {
      path,
      title,
      description,
      body: html,
      head: links,
    },
    values: {
      file: `${id}/${valuesFile(index)}`,
      code: valuesScript(site.vocabulary, groups, reach),
    },
  };
}

function panels(place: Place, feature: FeatureRecord): string {
  return [
    splitPanel(place, feature),
    feature.activeTokens === 0 ? '' : activationPanel(feature),
    logitPanel(place, feature),
    proxyPanel(feature),
    domainPanel(feature),
    twinPanel(place, feature),
    correlatedPanel(place, feature),
    neighbourPanel(place, feature),
    automatonPanel(place, feature),
    neuronPanel(place, feature),
    steeringPanel(feature),
  ].join('');
}

function nameOf({ kind, level }: ExampleGroup): string {
  switch (kind) {
    case 'top':
      return 'Top activations';
    case 'interval':
      return `At ${100 - 10 * (level ?? 0)} % of the largest`;
    case 'bottom':
      return 'Weakest activations';
    case 'random':
      return 'Random active tokens';
  }
}

function facts(view: DictionaryView, feature: FeatureRecord, density: number | null): string {
  const dominant = dominantDomain(feature);
  const entry = (term: string, value: string, small = ''): string =>
    `<div><dt>${term}</dt><dd>${value}${small && ` <small>${small}</small>`}</dd></div>`;
  const dead = feature.activeTokens === 0;
  return (
    '<dl class=facts>' +
    entry('density', percent(density)) +
    entry('active tokens', integer(feature.activeTokens), `of ${integer(view.record.evaluationTokens)}`) +
    entry('largest activation', dead ? 'n/a' : significant(feature.maxActivation)) +
    entry('mean when active', dead ? 'n/a' : significant(feature.meanActivation)) +
    (dominant
      ? entry('mostly in', plain(dominant.domain), `${percent(dominant.share)} of its strong tokens`)
      : entry('mostly in', 'n/a')) +
    '</dl>'
  );
}

function deadNote(view: DictionaryView): string {
  return (
    `<p>A dead ${unitName(view)}: it is active on none of the ${integer(view.record.evaluationTokens)} evaluation tokens, ` +
    'so it has no examples and no histogram. What its weights say is still shown.</p>'
  );
}

function legend(): string {
  return (
    `<p class=legend><span>${scale()} shade: activation, weak to strong</span>` +
    '<span><o-2>solid</o-2> the feature made this token more likely</span>' +
    '<span><o-5>dotted</o-5> less likely</span>' +
    '<span><b class=at>frame</b> the token the example was chosen for</span></p>' +
    '<p class=keys aria-hidden=true><span>activation</span><span>effect</span><span>source</span></p>'
  );
}
