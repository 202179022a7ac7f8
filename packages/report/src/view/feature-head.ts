import { dominantDomain } from '@monosema/trainer/records';
import type { FeatureRecord } from '@monosema/trainer/records';
import { isDense } from './density.ts';
import { plain } from './escape.ts';
import { explanations } from './finding-panels.ts';
import { integer, percent, share, significant } from './number.ts';
import { tryAddress } from './playground-page.ts';
import { isNeurons, unitName } from './site.ts';
import type { DictionaryView, PageContent, Site } from './site.ts';

/** What the page of a feature begins with: its place in the dictionary, its name, what it fires on, its facts. */
export function featureHead(site: Site, view: DictionaryView, feature: FeatureRecord): PageContent {
  const { id, features } = view.record;
  const { index } = feature;
  const dead = feature.activeTokens === 0;
  const tops = view.firesOnText[index] ?? '';
  const name = `${plain(id)} ${unitName(view)} ${index}`;
  const density =
    view.record.evaluationTokens > 0 ? feature.activeTokens / view.record.evaluationTokens : null;
  const previous = index > 0 ? `${index - 1}.html` : undefined;
  const next = index + 1 < features ? `${index + 1}.html` : undefined;
  const step = (target: string | undefined, rel: string, label: string): string =>
    target ? `<a rel=${rel} href=${target}>${label}</a>` : `<span class=none>${label}</span>`;
  const path = `${id}/${index}.html`;
  const tried = dead ? undefined : tryAddress(site, path, view, index);
  return {
    path,
    title: tops ? `${name}: ${plain(tops)}` : name,
    description: dead
      ? `${name} never fired on the evaluation text.`
      : `${name} fires on ${plain(tops)}; active on ${percent(density)} of tokens.`,
    head: (previous ? `<link rel=prev href=${previous}>` : '') + (next ? `<link rel=next href=${next}>` : ''),
    body:
      `<nav class=crumb data-features=${features} aria-label="Place in the dictionary"><a href="index.html?at=${index}">${isNeurons(view) ? `Neurons of ${plain(view.record.model)}` : `Dictionary ${plain(id)}`}</a>` +
      `<span class=steps>${tried ? `<a href=${tried}>try it</a>` : ''}${step(previous, 'prev', '← previous')}<span>${integer(index + 1)} of ${integer(features)}</span>${step(next, 'next', 'next →')}</span></nav>` +
      `<header class=fh><h1><small>${plain(id)}</small> ${index}</h1>` +
      `${dead ? '<p class="fires dead">never fired on the evaluation text</p>' : `<p class=fires><small>fires on</small> <span class=on>${view.firesOn[index] || '<span class=none>n/a</span>'}</span></p>`}${explanations(feature)}</header>` +
      facts(view, feature, density),
  };
}

function facts(view: DictionaryView, feature: FeatureRecord, density: number | null): string {
  const dominant = dominantDomain(feature);
  const entry = (term: string, value: string, small = ''): string =>
    `<div><dt>${term}</dt><dd>${value}${small && ` <small>${small}</small>`}</dd></div>`;
  const dead = feature.activeTokens === 0;
  return (
    '<dl class=facts>' +
    entry(
      'density',
      percent(density),
      isDense(feature.activeTokens, view.record.evaluationTokens) ? 'dense: more than one token in ten' : '',
    ) +
    entry('active tokens', integer(feature.activeTokens), `of ${integer(view.record.evaluationTokens)}`) +
    entry('largest activation', dead ? 'n/a' : significant(feature.maxActivation)) +
    entry('mean when active', dead ? 'n/a' : significant(feature.meanActivation)) +
    (dominant
      ? entry('mostly in', plain(dominant.domain), `${share(dominant.share)} of its strong tokens`)
      : entry('mostly in', 'n/a')) +
    '</dl>'
  );
}
