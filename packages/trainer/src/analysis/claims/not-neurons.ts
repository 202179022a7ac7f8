import type { ProxiesRecord } from '../../records/schema.ts';
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
  percent,
  shownOf,
  valueOf,
  type Evidence,
  type Figure,
  type Judged,
} from './claim.ts';

type Proxy = ProxiesRecord['proxies'][number];

/** The proxies that the paper looks at in detail, with the correlations of its features. */
const PAPERS_PROXIES = [
  { id: 'script:Arabic', paper: '0.74' },
  { id: 'string:dna', paper: '0.80' },
  { id: 'string:base64', paper: '0.38' },
  { id: 'script:Hebrew', paper: '0.55' },
];
/** Of the kinds of text, the share that a feature must answer to more than any neuron does. */
const LEAST_AHEAD = 0.8;
/** With which a feature's best neuron correlates at most, for the median feature. */
const MOST_ALIKE = 0.5;

const correlation = (match: Proxy['feature']): number => match?.pearson ?? 0;

export function notNeurons({ proxies, shown, neuronCorrelations, dictionaries }: Evidence): Judged {
  const neurons = dictionaries.some(({ kind }) => kind === 'neurons');
  // What neither a feature nor a neuron answers to cannot be seen in either.
  const seen = proxies.filter(
    ({ feature, neuron }) => Math.max(correlation(feature), correlation(neuron)) >= ANSWERS,
  );
  // Only the activations of an MLP have neurons.
  const ahead = !neurons
    ? []
    : seen.filter(({ feature, neuron }) => correlation(feature) > correlation(neuron));
  const behind = neurons ? seen.filter((proxy) => !ahead.includes(proxy)) : [];
  const { median } = neuronCorrelations;
  const text = dictionaries[0]?.evaluationTokens ?? NaN;
  return {
    id: 'not-neurons',
    claim: 'The features cannot be seen in single neurons.',
    rule: `Of the kinds of text that a feature or a neuron correlates with by ${ANSWERS}, the best feature correlates more than the best neuron for four in five or more, and half of the features have no neuron that correlates with them by ${MOST_ALIKE}.`,
    lacks: [
      neurons ? null : 'no neurons to compare features with',
      fewerThan(
        LEAST_FEATURES,
        neuronCorrelations.histogram.counts.reduce((sum, count) => sum + count, 0),
        FEATURES,
        ` of ${shown} active on ${MIN_ACTIVE_TOKENS} tokens`,
      ),
      fewerThan(LEAST_KINDS, seen.length, KINDS, ' to which a feature or a neuron answers'),
    ],
    fails: [
      ahead.length >= LEAST_AHEAD * seen.length
        ? null
        : `a feature answers more than any neuron to ${ahead.length} of ${seen.length} kinds of text, ${percent(ahead.length / seen.length)} where ${percent(LEAST_AHEAD)} are asked for`,
      (median ?? NaN) < MOST_ALIKE
        ? null
        : `the median feature of ${shown} has a neuron that correlates with it by ${valueOf(median)}`,
    ],
    figures: [
      figure(
        'kinds of text whose best feature beats the best neuron',
        neurons ? ahead.length : null,
        '',
        null,
      ),
      figure('kinds of text that a feature or a neuron answers to', seen.length, '', null),
      figure('kinds of text looked at', proxies.length, '', null),
      figure(`median correlation of a feature of ${shown} with its best neuron`, median, '', null),
      ...besidePapers(proxies),
    ],
    charts: chart(`Correlation of each feature of ${shown} with its best neuron`, [
      [shown, neuronCorrelations.histogram],
    ]),
    features: shownOf(
      ahead.map((proxy) => ({
        ...idOf(proxy.feature!),
        ...comparison(proxy, text, proxy.feature, proxy.neuron, 'neuron'),
      })),
    ),
    against: shownOf(
      behind.map((proxy) => ({
        ...idOf(proxy.neuron!),
        ...comparison(proxy, text, proxy.neuron, proxy.feature, 'feature'),
      })),
    ),
  };
}

function besidePapers(proxies: readonly Proxy[]): Figure[] {
  return PAPERS_PROXIES.flatMap(({ id, paper }) => {
    const found = proxies.find((proxy) => proxy.id === id);
    if (found === undefined) return [];
    return [
      figure(`correlation with ${found.name}, best feature`, found.feature?.pearson, '', paper),
      figure(`correlation with ${found.name}, best neuron`, found.neuron?.pearson, '', null),
    ];
  });
}

/** By how much one is ahead of the other, in words. @param text tokens looked at  @param other what the other is */
function comparison(
  { name, tokens }: Proxy,
  text: number,
  first: Proxy['feature'],
  second: Proxy['feature'],
  other: string,
) {
  const [more, less] = [correlation(first), correlation(second)];
  const share = Number(((100 * tokens) / text).toPrecision(2));
  return {
    rank: more - less,
    why: `${name}, ${share} % of the text: ${more.toFixed(2)} against ${less.toFixed(2)} for the best ${other}`,
  };
}
