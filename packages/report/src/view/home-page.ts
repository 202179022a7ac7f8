import type { FeatureRecord } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { tokensHtml } from './example-lines.ts';
import { corpusSection, dictionarySection, modelSection, universalitySection } from './home-sections.ts';
import { integer, percent } from './number.ts';
import { featureLink, thumbnail } from './site.ts';
import type { PageContent, Site } from './site.ts';

/** Examples of a domain feature that the home page shows a line of each. */
const LINES = 2;

/**
 * Renders the home page, without the introduction that the site's author wrote.
 *
 * @param features the records of the study's domain features, in their order
 */
export function homePage(site: Site, features: readonly FeatureRecord[]): PageContent {
  const { study } = site;
  const body =
    domainSection(site, features) +
    dictionarySection(site) +
    universalitySection(site) +
    readingSection(site, features) +
    modelSection(study) +
    corpusSection(study);
  return {
    path: 'index.html',
    title: plain(site.title),
    description: `${plain(site.title)}: the features inside a language model, one page each.`,
    body,
  };
}

/** The three facts under the title. */
export function homeLead({ study, dictionaries }: Site): string {
  const learned = [...dictionaries.values()].filter(({ record }) => record.kind === 'dictionary');
  const features = learned.reduce((sum, { record }) => sum + record.features, 0);
  const model = study.models[0];
  const entry = (term: string, value: string): string => `<div><dt>${term}</dt><dd>${value}</dd></div>`;
  return (
    '<dl class=facts>' +
    entry('features, a page each', integer(features)) +
    entry(learned.length === 1 ? 'dictionary' : 'dictionaries', integer(learned.length)) +
    entry('neurons they are made of', model ? integer(model.dMlp) : 'n/a') +
    entry('training tokens', model ? integer(model.trainingTokens) : 'n/a') +
    '</dl>'
  );
}

function domainSection(site: Site, features: readonly FeatureRecord[]): string {
  const { domainFeatures } = site.study;
  if (domainFeatures.length === 0) return '';
  const items = domainFeatures.map((found, i) => {
    const feature = features[i];
    const lines = (feature?.exampleGroups.find(({ kind }) => kind === 'top')?.examples ?? [])
      .slice(0, LINES)
      .map((example) => tokensHtml(site.vocabulary, example, feature?.maxActivation ?? 0))
      .join('');
    return (
      `<li><h3>${plain(found.domain)}</h3><p class=who>${featureLink(site, 'index.html', found.dictionary, found.feature)} ${thumbnail(site, found.dictionary, found.feature)}</p>` +
      `<div class=ex lang="" data-max=${feature?.maxActivation ?? 0}>${lines || '<p class=none>no example</p>'}</div>` +
      `<dl><div><dt>precision</dt><dd>${percent(found.precision)}</dd></div><div><dt>recall</dt><dd>${percent(found.recall)}</dd></div></dl></li>`
    );
  });
  return (
    '<section id=recognise><h2>Features a person recognises</h2>' +
    '<p class=note>For each kind of text, the feature that stands for it best. Precision: of the tokens on which the feature is above half of its maximum, ' +
    'the share that lies in such text. Recall: of the tokens of such text, the share on which it is active. Chosen by these numbers, not by hand; ' +
    'a low number means that no feature of its own was found.</p>' +
    `<ol class=found>${items.join('')}</ol></section>`
  );
}

function readingSection(site: Site, features: readonly FeatureRecord[]): string {
  const at = features.findIndex((feature) => feature.exampleGroups.some(({ kind }) => kind === 'top'));
  const feature = features[at];
  const found = site.study.domainFeatures[at];
  const example = feature?.exampleGroups.find(({ kind }) => kind === 'top')?.examples[0];
  const sample =
    feature && found && example
      ? `<figure class=sample><div class=ex lang="" data-max=${feature.maxActivation}>${tokensHtml(site.vocabulary, example, feature.maxActivation)}</div>` +
        `<figcaption>The strongest example of ${featureLink(site, 'index.html', found.dictionary, found.feature)}.</figcaption></figure>`
      : '';
  return (
    `<section id=reading><h2>How to read a feature page</h2>${sample}<dl class=reading>` +
    '<div><dt><b class=a3>sh</b><b class=a7>ade</b></dt><dd>The darker a token, the more strongly the feature is active on it. The scale belongs to the feature: its darkest shade is its largest activation.</dd></div>' +
    '<div><dt><b class=h2>solid</b> <b class=u2>dotted</b></dt><dd>What happens to the next token when the feature is removed. A solid blue underline: the model had predicted that token better with the feature than without it. A dotted red one: worse. The margin gives the number in nats.</dd></div>' +
    '<div><dt><b class="a10 at">frame</b></dt><dd>The token the example was chosen for. The number beside it is the activation there.</dd></div>' +
    '<div><dt>intervals</dt><dd>Equal parts of the range from zero to the largest activation. A feature that means one thing means it in the lower intervals too; that is the place to look for doubt.</dd></div>' +
    '<div><dt>logit weights</dt><dd>Tokens that the feature makes more or less likely next, read from the weights alone.</dd></div>' +
    '<div><dt>splitting</dt><dd>Where the feature came from in a narrower dictionary, and what it becomes in a wider one.</dd></div>' +
    '</dl></section>'
  );
}
