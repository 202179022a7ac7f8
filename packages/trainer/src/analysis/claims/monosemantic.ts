import type { DictionaryInput, ProxiesRecord } from '../../records/schema.ts';
import { MIN_ACTIVE_TOKENS } from '../pairs/splitting.ts';
import { ANSWERS } from '../proxies/measure-proxies.ts';
import {
  chart,
  FEATURES,
  fewerThan,
  figure,
  idOf,
  KINDS,
  LEAST_FEATURES,
  LEAST_KINDS,
  NEURONS,
  percent,
  shownOf,
  valueOf,
  type Evidence,
  type Figure,
  type Judged,
} from './claim.ts';

/** What a band of activation must be on concept, as a share, for a feature to be called specific. */
const SPECIFIC = 0.8;

export function monosemantic({ dictionaries, shown, proxies }: Evidence): Judged {
  const features = scoresOf(dictionaries.find(({ id }) => id === shown));
  const neurons = scoresOf(dictionaries.find(({ kind }) => kind === 'neurons'));
  const control = scoresOf(dictionaries.find(({ kind }) => kind === 'control'));
  const specific = proxies.flatMap(({ name, feature }) => {
    const share = feature === null ? null : upperSpecificity(feature.specificity);
    // Where nearly all of the text is of a kind, so is what any feature is active on.
    return feature !== null && feature.pearson >= ANSWERS && share !== null && share >= SPECIFIC
      ? [{ ...idOf(feature), rank: share, why: `${percent(share)} of its stronger half is ${name}` }]
      : [];
  });
  return {
    id: 'monosemantic',
    claim: 'Sparse autoencoders find features that mean one thing.',
    rule: `The median score of explanations is higher for features than for neurons, and at least ${LEAST_KINDS} kinds of text have a feature of which ${percent(SPECIFIC)} or more of the activations above half of its largest lie in such text.`,
    lacks: [
      fewerThan(LEAST_FEATURES, features?.scored ?? 0, FEATURES, ' whose explanation could be scored'),
      fewerThan(LEAST_FEATURES, neurons?.scored ?? 0, NEURONS, ' whose explanation could be scored'),
      fewerThan(LEAST_KINDS, proxies.length, KINDS),
    ],
    fails: [
      (features?.median ?? NaN) > (neurons?.median ?? NaN)
        ? null
        : `the median score is ${valueOf(features?.median)} for features of ${shown} and ${valueOf(neurons?.median)} for neurons`,
      specific.length >= LEAST_KINDS
        ? null
        : `${specific.length} of ${proxies.length} kinds of text have a feature that is specific to them, where ${LEAST_KINDS} are asked for`,
    ],
    figures: [
      figure(`median explanation score, ${shown}`, features?.median, '', null),
      figure('median explanation score, neurons', neurons?.median, '', null),
      ...(control === undefined
        ? []
        : [figure('median explanation score, control', control.median, '', null)]),
      ...consistency(dictionaries, shown),
      figure('kinds of text with a feature specific to them', specific.length, '', null),
      figure('kinds of text looked at', proxies.length, '', null),
    ],
    charts: chart('Scores of explanations by simulated activations', [
      [shown, features?.histogram],
      ['neurons', neurons?.histogram],
      ['control', control?.histogram],
    ]),
    features: shownOf(specific),
    against: [],
  };
}

function scoresOf(dictionary: DictionaryInput | undefined) {
  return dictionary?.explanationScores?.[0]?.activation;
}

/** How often explanations expect what is active, at two levels of activation, of features and of neurons. */
function consistency(dictionaries: readonly DictionaryInput[], shown: string): Figure[] {
  const levels = [
    // Of the largest themselves nearly all are among the strongest, which are studied.
    { level: 1, near: '90 % of the largest' },
    { level: 5, near: 'half of it' },
  ];
  const compared = [
    ...dictionaries.filter(({ id }) => id === shown),
    ...dictionaries.filter(({ kind }) => kind === 'neurons'),
  ];
  return levels.flatMap(({ level, near }) =>
    compared.flatMap(({ id, kind, intervalConsistency = [] }) => {
      const found = intervalConsistency.find((each) => each.level === level);
      if (found === undefined) return [];
      return [
        figure(
          `activations near ${near} that explanations expect, ${kind === 'neurons' ? 'neurons' : id}`,
          (100 * found.expected) / found.tokens,
          '%',
          null,
        ),
      ];
    }),
  );
}

/** Share on concept of the bands above half of the largest activation; null where too few tokens are to tell. */
function upperSpecificity(
  bands: NonNullable<ProxiesRecord['proxies'][number]['feature']>['specificity'],
): number | null {
  const upper = bands.filter(({ from }) => from >= 0.5);
  const active = upper.reduce((sum, { activeTokens }) => sum + activeTokens, 0);
  return active >= MIN_ACTIVE_TOKENS
    ? upper.reduce((sum, { onConcept }) => sum + onConcept, 0) / active
    : null;
}
