import type { Example, FeatureRecord } from '@monosema/trainer/records';
import { domainSentence } from './curate.ts';
import type { Chosen, Contrast } from './curate.ts';
import { plain } from './escape.ts';
import { tokensHtml } from './example-lines.ts';
import { fixed, percent } from './number.ts';
import { featureLink, thumbnail } from './site.ts';
import type { Site } from './site.ts';

const HOME = 'index.html';
/** Lines of a feature in a list of features. */
const LINES = 2;
/** Intervals that the contrast shows a line of each, from the strongest down. */
const LEVELS = 7;
/** Tokens either side of the framed one in a list of features. */
const RADIUS = 14;

/** A chosen feature or neuron with its record. */
export interface WithRecord<Choice> {
  choice: Choice;
  record: FeatureRecord;
}

/** The best neuron for a kind of text beside the best feature for it, each from its strongest tokens down. */
export function contrastSection(
  site: Site,
  contrast: Contrast,
  records: { feature: FeatureRecord; neuron: FeatureRecord },
): string {
  const side = (kind: 'neuron' | 'feature'): string => {
    const { dictionary, feature, pearson } = contrast[kind];
    const record = records[kind];
    const lines = byInterval(record)
      .map(
        (example) =>
          `<li><cite>${plain(example.domain ?? '')}</cite>${tokensHtml(site.vocabulary, example, record.maxActivation, { reach: 9 })}`,
      )
      .join('');
    return (
      `<div><h3>${kind === 'neuron' ? 'The best neuron' : 'The best feature'} for ${plain(contrast.name)} <small>${featureLink(site, HOME, dictionary, feature)}, correlation ${fixed(pearson, 2)}</small></h3>` +
      `<ol class="ex lines" lang="" data-max=${record.maxActivation}>${lines}</ol></div>`
    );
  };
  return (
    `<section id=contrast><h2>A neuron, a feature</h2>` +
    `<p class=note>Text on which each is active: its strongest first, then a line for every tenth further down; the fuller the colour, the more active. Read down, and ask what the lines have in common. Of all kinds of text that were looked for, ${plain(contrast.name)} is the one at which the best feature is furthest ahead of the best neuron.</p>` +
    `<div class=contrast>${side('neuron')}${side('feature')}</div></section>`
  );
}

/** One example of each interval, from the highest down, none twice. */
function byInterval({ exampleGroups }: FeatureRecord): Example[] {
  const seen = new Set<string>();
  const chosen: Example[] = [];
  for (const { kind, examples } of exampleGroups) {
    if (kind !== 'interval' || chosen.length === LEVELS) continue;
    const fresh = examples.find((example) => !seen.has(keyOf(example)));
    if (!fresh) continue;
    seen.add(keyOf(fresh));
    chosen.push(fresh);
  }
  return chosen;
}

const keyOf = ({ tokens, at }: Example): string => `${at}:${tokens.join()}`;

/** The feature that stands for each kind of text that the study asked for. */
export function domainSection(site: Site, records: readonly FeatureRecord[]): string {
  const { domainFeatures } = site.study;
  if (domainFeatures.length === 0) return '';
  const items = domainFeatures.map((found, i) =>
    item(site, {
      name: plain(found.domain),
      choice: found,
      record: records[i],
      sentence: domainSentence(site, found, records[i]),
      figures: [
        ['precision', percent(found.precision)],
        ['recall', percent(found.recall)],
      ],
    }),
  );
  return (
    '<section id=recognise><h2>Features a person recognises</h2>' +
    '<p class=note>For each kind of text, the feature that stands for it best. Precision: of the tokens on which the feature is above half of its maximum, ' +
    'the share that lies in such text. Recall: of the tokens of such text, the share on which it is active. Chosen by these numbers, not by hand; ' +
    'a low number means that no feature of its own was found.</p>' +
    `<ol class=found>${items.join('')}</ol></section>`
  );
}

/** Features that are the first by some measure. */
export function standoutSection(site: Site, chosen: readonly WithRecord<Chosen>[]): string {
  if (chosen.length === 0) return '';
  const items = chosen.map(({ choice, record }) =>
    item(site, { name: choice.title, choice, record, sentence: choice.sentence, figures: [] }),
  );
  return (
    '<section id=standouts><h2>Features that stand out</h2>' +
    '<p class=note>The first by one measure each; nobody picked them. The sentence gives the figure that chose it.</p>' +
    `<ol class=found>${items.join('')}</ol></section>`
  );
}

function item(
  site: Site,
  {
    name,
    choice,
    record,
    sentence,
    figures,
  }: {
    name: string;
    choice: { dictionary: string; feature: number };
    record: FeatureRecord | undefined;
    sentence: string;
    figures: readonly (readonly [string, string])[];
  },
): string {
  const largest = record?.maxActivation ?? 0;
  const lines = (record?.exampleGroups.find(({ kind }) => kind === 'top')?.examples ?? [])
    .slice(0, LINES)
    .map((example) => tokensHtml(site.vocabulary, example, largest, { reach: RADIUS }))
    .join('');
  return (
    `<li><div class=who><h3>${name}</h3><p>${featureLink(site, HOME, choice.dictionary, choice.feature)} ${thumbnail(site, choice.dictionary, choice.feature)}</p></div>` +
    `<p class=says>${sentence}</p>` +
    `<div class="ex lines" lang="" data-max=${largest}>${lines || '<p class=none>no example</p>'}</div>` +
    `<dl>${figures.map(([term, value]) => `<div><dt>${term}</dt><dd>${value}</dd></div>`).join('')}</dl></li>`
  );
}
