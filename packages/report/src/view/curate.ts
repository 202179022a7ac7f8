import type { FeatureRecord, Findings } from '@monosema/trainer/records';
import { plain } from './escape.ts';
import { explanationHtml } from './explanation.ts';
import { fixed, integer, percent, share, significant } from './number.ts';
import { shownDictionary } from './shown.ts';
import { featureLink } from './site.ts';
import type { Site } from './site.ts';
import { proxyName } from './claim-chart.ts';

/** A feature that the home page shows, with why. Texts are HTML. */
export interface Chosen {
  dictionary: string;
  feature: number;
  /** What it stands out by. */
  title: string;
  sentence: string;
}

/** A feature and a neuron that track one kind of text, as the home page sets them against each other. */
export interface Contrast {
  /** The kind of text. */
  name: string;
  feature: Match;
  neuron: Match;
}
type Match = NonNullable<Findings['proxies']['proxies'][number]['feature']>;

/** Active tokens below which an explanation's score says little, and tokens below which it is too easily won. */
const EXPLAINED = { active: 100, firesOn: 3 };

/** Correlation from which a feature answers to a kind of text, and by how many times one that steers raises it. */
const ANSWERS = 0.2;
const STEERS = 1.5;
/** How little the children of a split have in common where it tells anything. */
const DISTINCT = 0.5;

/**
 * Features that stand out by a measure, each the first by its own: the best explained, the best match in the other
 * model... Measures that the study has not taken choose nothing.
 */
export function chooseFeatures(site: Site): Chosen[] {
  return [
    bestExplained(site),
    furthestFromNeurons(site),
    mostTellingSplit(site),
    strongestSteered(site),
    longestCycle(site),
  ]
    .filter((each) => each !== undefined)
    .filter(({ dictionary, feature }) => feature < (site.dictionaries.get(dictionary)?.record.features ?? 0));
}

/** The kind of text at which the best feature is ahead of the best neuron by most, in correlation. */
export function chooseContrast({ findings }: Site): Contrast | undefined {
  const [best] = (findings.proxies?.proxies ?? [])
    .flatMap(({ name, feature, neuron }) =>
      feature && neuron && feature.pearson >= ANSWERS ? [{ name: proxyName(name), feature, neuron }] : [],
    )
    .toSorted((a, b) => lead(b) - lead(a));
  return best && lead(best) > 0 ? best : undefined;
}

const lead = ({ feature, neuron }: Contrast): number => feature.pearson - neuron.pearson;

function bestExplained(site: Site): Chosen | undefined {
  const id = shownDictionary(site);
  const view = id === undefined ? undefined : site.dictionaries.get(id);
  if (id === undefined || !view) return undefined;
  let best: { feature: number; score: number } | undefined;
  for (const [feature, score] of view.explanationScore.entries()) {
    if (score === null || (view.activeTokens[feature] ?? 0) < EXPLAINED.active) continue;
    if ((view.firesOn[feature]?.split('<b>').length ?? 0) <= EXPLAINED.firesOn) continue;
    if (!best || score > best.score) best = { feature, score };
  }
  if (!best) return undefined;
  return {
    dictionary: id,
    feature: best.feature,
    title: 'Best explained',
    sentence: `“${explanationHtml(view.explanation[best.feature] ?? '')}”: what that foretells of its activations agrees with the true ones by ${fixed(best.score, 2)} (Spearman), the most of all features of ${plain(id)} that fire on several tokens.`,
  };
}

function furthestFromNeurons(site: Site): Chosen | undefined {
  const found = chooseContrast(site);
  if (!found) return undefined;
  return {
    ...found.feature,
    title: 'Furthest from any neuron',
    sentence: `Tracks ${plain(found.name)} by ${fixed(found.feature.pearson, 2)} (Pearson); the best of the neurons manages ${fixed(found.neuron.pearson, 2)}.`,
  };
}

function mostTellingSplit({ findings }: Site): Chosen | undefined {
  const split = findings.splits?.splits[0];
  if (!split || split.distinctness < DISTINCT) return undefined;
  const finer = split.children[0]?.dictionary;
  return {
    ...split.parent,
    title: 'Divides most tellingly',
    sentence: `Of the ${integer(split.children.length)} features in ${plain(finer ?? 'the wider dictionary')} that are most like it, no two share ${split.distinctness < 1 ? `more than ${share(1 - split.distinctness)} of what they fire on` : 'anything that they fire on'}.`,
  };
}

function strongestSteered({ findings }: Site): Chosen | undefined {
  const [best] = (findings.steering?.steering ?? [])
    .filter(({ plainMass }) => plainMass > 0)
    .toSorted((a, b) => b.pinnedMass / b.plainMass - a.pinnedMass / a.plainMass);
  if (!best || best.pinnedMass / best.plainMass < STEERS) return undefined;
  return {
    ...best,
    title: 'Steers most',
    sentence: `Held at its largest activation it makes ${plain(proxyName(best.proxy))} ${significant(best.pinnedMass / best.plainMass, 2)} times as likely to come next (${percent(best.plainMass)} → ${percent(best.pinnedMass)}).`,
  };
}

function longestCycle(site: Site): Chosen | undefined {
  const [cycle] = (site.findings.automata?.cycles ?? [])
    .filter(({ holds }) => holds)
    .toSorted((a, b) => b.features.length - a.features.length);
  if (!cycle) return undefined;
  const [first] = cycle.features;
  if (first === undefined) return undefined;
  return {
    dictionary: cycle.dictionary,
    feature: first,
    title: 'Runs in a ring',
    sentence:
      cycle.features.length > 1
        ? `Leads to ${cycle.features
            .slice(1)
            .map((feature) => featureLink(site, 'index.html', cycle.dictionary, feature))
            .join(', that to ')} and back: holding each makes the next one fire more often.`
        : 'Leads to itself: holding it makes it fire more often on what is said next.',
  };
}

/** What there is to say of a feature that stands for a kind of text, beside its precision and recall. HTML. */
export function domainSentence(
  site: Site,
  { domain, precision, recall }: { domain: string; precision: number; recall: number },
  feature: FeatureRecord | undefined,
): string {
  const name = plain(domain);
  const on =
    precision >= 0.95
      ? `Strong on ${name} and next to nothing else`
      : precision >= 0.8
        ? `Strong on ${name}, seldom on anything else`
        : precision >= 0.5
          ? `Strong on ${name} more than on all else together`
          : `The nearest to ${name} that was found, and mostly strong on something else`;
  const of =
    recall >= 0.9
      ? ', wherever it occurs'
      : recall >= 0.5
        ? ', at most of its tokens'
        : ', at a part of its tokens';
  const twin = feature?.twins[0];
  const again =
    twin && twin.similarity >= 0.7
      ? ` Model ${plain(twin.dictionary.split('/')[0] ?? '')} has it too (${fixed(twin.similarity, 2)}).`
      : '';
  const next = (feature?.logitWeights.top ?? [])
    .slice(0, 4)
    .map(({ token }) => `<b>${site.vocabulary.glyph(token).alone}</b>`)
    .join('');
  return `${on}${precision >= 0.5 ? of : ''}.${again}${next && ` Next it makes likelier: <span class=on>${next}</span>`}`;
}
