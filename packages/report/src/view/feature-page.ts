import type { FeatureRecord } from '@monosema/trainer/records';
import { groupHtml, groupOf } from './example-groups.ts';
import type { Reach } from './example-groups.ts';
import { featureHead } from './feature-head.ts';
import { featureValues } from './feature-values.ts';
import { automatonPanel, correlatedPanel, proxyPanel, steeringPanel } from './finding-panels.ts';
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
import { nearMisses } from './near-misses.ts';
import type { PageGroup } from './near-misses.ts';
import { integer } from './number.ts';
import { SCALE } from './scale.ts';
import { measuresEffects, unitName } from './site.ts';
import type { DictionaryView, PageContent, Site } from './site.ts';
import { LONGEST_WIDE, wideLines } from './wide-lines.ts';

/** Elements that the layout has, and a head, with as many links as a long navigation. */
const SHELL_NODES = 50;

/** Elements of HTML of ours, in which no other `<` stands before a letter. */
function elementsOf(html: string): number {
  let count = 0;
  for (let at = html.indexOf('<'); at >= 0; at = html.indexOf('<', at + 1))
    if (html.charCodeAt(at + 1) !== 47) count++;
  return count;
}

/** The page of a feature, and the values that its tooltips tell, as JSON. */
export interface FeaturePage {
  page: PageContent;
  values: string;
}

/**
 * Renders the page of one feature or neuron, with as much of its examples as the budget of a page allows.
 *
 * @param options.shell bytes that the layout puts around the body
 * @param options.values address of the script that has the values of the feature, from its page
 */
export function featurePage(
  site: Site,
  view: DictionaryView,
  feature: FeatureRecord,
  { shell, values }: { shell: number; values: string },
): FeaturePage {
  const head = featureHead(site, view, feature);
  const dead = feature.activeTokens === 0;
  const measurements = panels({ site, path: head.path, view }, feature);
  const near = nearMisses(feature.exampleGroups);
  const groups = [...feature.exampleGroups, ...(near ? [near] : [])].map((group) =>
    groupOf(site.vocabulary, group, {
      id: group.kind === 'interval' ? `i${group.level}` : group.kind,
      name: nameOf(group),
      largest: feature.maxActivation,
      activeTokens: feature.activeTokens,
      widest: REACHES[0]!,
    }),
  );
  const first = groups.findIndex(({ kind }) => kind === 'top') + 1;
  const body = (sections: readonly string[], wide: string): string =>
    head.body +
    `<div class=${dead ? '"cols bare"' : 'cols'}${wide} data-max=${feature.maxActivation} data-values=${values}#${feature.index}><div class=lead><h2>Examples</h2>${dead ? deadNote(view) : legend(measuresEffects(site.study, view.record)) + sections.slice(0, first).join('')}</div>` +
    `<aside aria-label=Measurements>${measurements}</aside>` +
    `<div class="rest grp ex">${sections.slice(first).join('')}</div></div>`;
  // A head has the title twice: for the window, and for previews of links.
  const outside = shell + Buffer.byteLength(head.title + head.title + head.description + (head.head ?? ''));
  const bare = body([], LONGEST_WIDE);
  const nodes = SHELL_NODES + elementsOf(bare);
  const render = (given: Reach): string =>
    body(
      groups.map((group) => groupHtml(group, given)),
      wideLines(groups, given, nodes),
    );
  const around = outside + Buffer.byteLength(bare);
  const { reach, html } = fitting(groups, render, { around, outside, nodes });
  return {
    page: { ...head, body: html },
    values: featureValues(site.vocabulary, feature.histogram.counts, groups, reach),
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
    steeringPanel(place, feature),
    recordNote(place, feature),
  ].join('');
}

/** Where the numbers of the page are as they were measured. */
function recordNote({ site }: Place, { index }: FeatureRecord): string {
  return site.records
    ? `<p class=none>As data: row ${index} of <a href=features.parquet>features.parquet</a> (<a href=../../method.html#data>how to read it</a>)</p>`
    : '';
}

function nameOf({ kind, level }: PageGroup): string {
  switch (kind) {
    case 'top':
      return 'Top activations';
    case 'interval':
      return `Near ${100 - 10 * (level ?? 0)} % of the largest`;
    case 'bottom':
      return 'Weakest activations';
    case 'random':
      return 'Random active tokens';
    case 'near':
      return 'Near misses';
  }
}

function deadNote(view: DictionaryView): string {
  return (
    `<p>A dead ${unitName(view)}: it is active on none of the ${integer(view.record.evaluationTokens)} evaluation tokens, ` +
    'so it has no examples and no histogram. What its weights say is still shown.</p>'
  );
}

/** @param effects whether the study measures them */
function legend(effects: boolean): string {
  return (
    `<p class=legend><span>${SCALE} shade: activation, weak to strong</span>` +
    (effects
      ? '<span><o-2>solid</o-2> the feature made this token more likely</span>' +
        '<span><o-5>dotted</o-5> less likely</span>'
      : '<span>effect: n/a, as it is measured in the last layer alone</span>') +
    '<span><b class=at>frame</b> the token the example was chosen for</span></p>' +
    '<p class=keys><span>activation</span> <span>effect</span> <span>source</span></p>'
  );
}
