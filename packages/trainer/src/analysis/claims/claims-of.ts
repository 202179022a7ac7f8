import type {
  AutomataRecord,
  ClaimsRecord,
  DictionaryInput,
  Histogram,
  ProxiesRecord,
  SplitsRecord,
  SteeringRecord,
  StudyInput,
} from '../../records/schema.ts';
import { ANSWERS } from '../proxies/measure-proxies.ts';

type Claim = ClaimsRecord['claims'][number];
type Figure = Claim['figures'][number];
type Match = ProxiesRecord['proxies'][number]['feature'];
type Steered = SteeringRecord['steering'][number];

/** Everything that bears on the paper's conclusions. */
export interface Evidence {
  /** Of the first model, in order of width, then its neurons, then the control where there is one. */
  readonly dictionaries: readonly DictionaryInput[];
  /** Of the dictionary that stands for the paper's A/1. */
  readonly shown: string;
  /** Pearson correlations of the features of `shown` with the neuron that correlates most with each. */
  readonly neuronCorrelations: { readonly median: number | null; readonly histogram: Histogram };
  readonly proxies: ProxiesRecord['proxies'];
  readonly universality: NonNullable<StudyInput['universality']>;
  readonly splits: SplitsRecord['splits'];
  readonly steering: SteeringRecord['steering'];
  readonly cycles: AutomataRecord['cycles'];
}

/** What a band of activation must be on concept, as a share, for a feature to be called specific. */
const SPECIFIC = 0.8;
/** The proxies that the paper looks at in detail, with the correlations of its features. */
const PAPERS_PROXIES = [
  { id: 'script:Arabic', paper: '0.74' },
  { id: 'string:dna', paper: '0.80' },
  { id: 'string:base64', paper: '0.38' },
  { id: 'script:Hebrew', paper: '0.55' },
];
/** By how many times pinning must raise the probability of a proxy's tokens. */
const STEERED = 5;
/** How little the children of a telling split have in common. */
const DISTINCT = 0.5;

/**
 * The paper's seven conclusions (Bricken et al. 2023), each with what this study measured, the rule by which it holds
 * here, and features that show it. A conclusion whose figures were not measured neither holds nor fails.
 */
export function claimsOf(evidence: Evidence): Claim[] {
  return [
    monosemantic(evidence),
    notNeurons(evidence),
    steering(evidence),
    universal(evidence),
    splitting(evidence),
    moreThanNeurons(evidence),
    automata(evidence),
  ];
}

function monosemantic({ dictionaries, shown, proxies }: Evidence): Claim {
  const features = scoresOf(dictionaries.find(({ id }) => id === shown));
  const neurons = scoresOf(dictionaries.find(({ kind }) => kind === 'neurons'));
  const control = scoresOf(dictionaries.find(({ kind }) => kind === 'control'));
  const specific = proxies.flatMap(({ name, feature }) => {
    const share = feature === null ? null : upperSpecificity(feature.specificity);
    return feature !== null && share !== null && share >= SPECIFIC
      ? [{ ...idOf(feature), share, why: `${percent(share)} of its stronger half is ${name}` }]
      : [];
  });
  const better =
    features?.median == null || neurons?.median == null ? null : features.median > neurons.median;
  return {
    id: 'monosemantic',
    claim: 'Sparse autoencoders find features that mean one thing.',
    rule: `The median score of explanations is higher for features than for neurons, and at least three kinds of text have a feature of which ${percent(SPECIFIC)} or more of the activations above half of its largest lie in such text.`,
    holds: better === null ? null : better && specific.length >= 3,
    figures: [
      figure(`median explanation score, ${shown}`, features?.median, '', null),
      figure('median explanation score, neurons', neurons?.median, '', null),
      ...(control === undefined
        ? []
        : [figure('median explanation score, control', control.median, '', null)]),
      figure('kinds of text with a feature specific to them', specific.length, '', null),
      figure('kinds of text looked at', proxies.length, '', null),
    ],
    charts: chart('Scores of explanations by simulated activations', [
      [shown, features?.histogram],
      ['neurons', neurons?.histogram],
      ['control', control?.histogram],
    ]),
    features: specific
      .sort((a, b) => b.share - a.share)
      .slice(0, 12)
      .map(({ dictionary, feature, why }) => ({ dictionary, feature, why })),
  };
}

function notNeurons({ proxies, shown, neuronCorrelations, dictionaries }: Evidence): Claim {
  const neurons = dictionaries.some(({ kind }) => kind === 'neurons');
  const correlation = (match: Match): number => match?.pearson ?? 0;
  // What neither a feature nor a neuron answers to cannot be seen in either.
  const seen = proxies.filter(
    ({ feature, neuron }) => Math.max(correlation(feature), correlation(neuron)) >= ANSWERS,
  );
  // Only the activations of an MLP have neurons.
  const ahead = !neurons
    ? []
    : seen.filter(({ feature, neuron }) => correlation(feature) > correlation(neuron));
  return {
    id: 'not-neurons',
    claim: 'The features cannot be seen in single neurons.',
    rule: `Of the kinds of text that a feature or a neuron correlates with by ${ANSWERS}, the best feature correlates more than the best neuron for four in five or more, and half of the features have no neuron that correlates with them by 0.5.`,
    holds:
      seen.length === 0 || neuronCorrelations.median === null
        ? null
        : ahead.length >= 0.8 * seen.length && neuronCorrelations.median < 0.5,
    figures: [
      figure(
        'kinds of text whose best feature beats the best neuron',
        neurons ? ahead.length : null,
        '',
        null,
      ),
      figure('kinds of text that a feature or a neuron answers to', seen.length, '', null),
      figure('kinds of text looked at', proxies.length, '', null),
      figure(
        `median correlation of a feature of ${shown} with its best neuron`,
        neuronCorrelations.median,
        '',
        null,
      ),
      ...PAPERS_PROXIES.flatMap(({ id, paper }) => {
        const found = proxies.find((proxy) => proxy.id === id);
        if (found === undefined) return [];
        return [
          figure(`correlation with ${found.name}, best feature`, found.feature?.pearson, '', paper),
          figure(`correlation with ${found.name}, best neuron`, found.neuron?.pearson, '', null),
        ];
      }),
    ],
    charts: chart(`Correlation of each feature of ${shown} with its best neuron`, [
      [shown, neuronCorrelations.histogram],
    ]),
    features: ahead
      .map(({ name, feature, neuron }) => ({
        ...idOf(feature!),
        gain: correlation(feature) - correlation(neuron),
        why: `${name}: ${correlation(feature).toFixed(2)} against ${correlation(neuron).toFixed(2)} for the best neuron`,
      }))
      .sort((a, b) => b.gain - a.gain)
      .slice(0, 12)
      .map(({ dictionary, feature, why }) => ({ dictionary, feature, why })),
  };
}

function steering({ steering: measured }: Evidence): Claim {
  const gains = measured.map((each) => ({ ...each, gain: gainOf(each, each.doses?.[0]) }));
  const steered = gains.filter(({ gain }) => gain >= STEERED);
  return {
    id: 'steering',
    claim: 'Features can be used to steer the model.',
    rule: `Where a context has nothing of a kind of text so far, holding the best feature for it at its largest activation makes tokens of that kind at least ${STEERED} times as likely as they are, and as they are with another feature held likewise (the median one), for two features or more.`,
    holds: measured.length === 0 ? null : new Set(steered.map(keyOf)).size >= 2,
    figures: [
      figure('features that steer', new Set(steered.map(keyOf)).size, '', null),
      figure('features held', new Set(measured.map(keyOf)).size, '', null),
      ...(measured[0]?.doses ?? []).map(({ times }, dose) =>
        figure(
          times === 1 ? 'largest gain' : `largest gain, held at ${times} times its largest activation`,
          Math.max(...measured.map((each) => gainOf(each, each.doses?.[dose]))),
          'times',
          null,
        ),
      ),
    ],
    charts: [],
    features: steered
      .toSorted((a, b) => b.gain - a.gain)
      .map((each) => ({ ...idOf(each), why: `${each.proxy}: ${rounded(each.gain)} times as likely` }))
      .slice(0, 12),
  };
}

/** By how many times a dose raises the mass, over what it is without and over what other features make of it. */
function gainOf({ plainMass }: Steered, dose: NonNullable<Steered['doses']>[number] | undefined): number {
  if (dose === undefined || plainMass <= 0) return 0;
  return dose.pinnedMass / Math.max(plainMass, dose.otherMass ?? 0);
}

function universal({ universality, dictionaries, shown }: Evidence): Claim {
  const neuronsId = dictionaries.find(({ kind }) => kind === 'neurons')?.id;
  const features = universality.find(({ from }) => from === shown);
  const neurons = universality.find(({ from }) => from === neuronsId);
  return {
    id: 'universal',
    claim: 'Features are found again in another model, more than neurons are.',
    rule: 'The median correlation of the best match in a model of another seed is larger for features than for neurons.',
    holds:
      features === undefined || neurons === undefined
        ? null
        : features.medianCorrelation > neurons.medianCorrelation,
    figures: [
      figure('median best match, features', features?.medianCorrelation, '', '0.72'),
      figure('median best match, neurons', neurons?.medianCorrelation, '', '0.46'),
      figure('median similarity of logit weights, features', features?.medianLogitWeights, '', null),
      figure('median similarity of attributions, features', features?.medianAttribution, '', null),
    ],
    charts: chart('Correlation with the best match in the other model', [
      ['features', features?.histogram],
      ['neurons', neurons?.histogram],
    ]),
    features: [],
  };
}

function splitting({ splits, dictionaries }: Evidence): Claim {
  const widths = dictionaries.filter(({ kind }) => kind === 'dictionary');
  const telling = splits.filter(({ distinctness }) => distinctness >= DISTINCT);
  return {
    id: 'splitting',
    claim: 'Features split as dictionaries grow.',
    rule: `At least three features of a narrower dictionary have children in the next wider one of which no two share more than ${percent(1 - DISTINCT)} of what they fire on.`,
    holds: widths.length < 2 ? null : telling.length >= 3,
    figures: [
      figure('splits whose children differ', telling.length, '', null),
      figure('dictionaries compared', widths.length, '', null),
    ],
    charts: [],
    features: telling
      .map(({ parent, children }) => ({ ...parent, why: `splits into ${children.length}` }))
      .slice(0, 12),
  };
}

function moreThanNeurons({ dictionaries }: Evidence): Claim {
  const widths = dictionaries.filter(({ kind }) => kind === 'dictionary');
  const widest = widths.at(-1);
  const neurons = dictionaries.find(({ kind }) => kind === 'neurons')?.features ?? null;
  const live =
    widest === undefined ? null : widest.features - widest.deadFeatures - (widest.ultralowFeatures ?? 0);
  const recovered = widths.map(({ lossRecovered }) => lossRecovered);
  const rises = recovered.every(
    (value, i) => i === 0 || (value !== null && recovered[i - 1] !== null && value > recovered[i - 1]!),
  );
  return {
    id: 'more-than-neurons',
    claim: 'A few neurons stand for many more features.',
    rule: 'The widest dictionary has more live features than there are neurons, and each wider dictionary recovers more of the loss.',
    holds:
      live === null || neurons === null || widths.length < 2 || recovered.includes(null)
        ? null
        : live > neurons && rises,
    figures: [
      figure('neurons', neurons, '', '512'),
      figure('live features of the widest dictionary', live, '', '131,072 learned'),
      ...widths.map(({ id, lossRecovered }) =>
        figure(
          `loss recovered, ${id}`,
          lossRecovered === null ? null : 100 * lossRecovered,
          '%',
          id.endsWith('/1') ? '79 %' : null,
        ),
      ),
    ],
    charts: chart(
      'Density of live features, log10',
      widths.map(({ id, densityHistogram }) => [id, densityHistogram] as const),
    ),
    features: [],
  };
}

function automata({ cycles }: Evidence): Claim {
  const verified = cycles.filter(({ holds }) => holds);
  const long = verified.filter(({ features }) => features.length > 1);
  return {
    id: 'automata',
    claim: 'Features lead to each other like the states of an automaton.',
    rule: 'There is a feature that leads to itself and a cycle of two features or more, and in each, holding a feature makes the next one fire more often on what is sampled, by three standard errors.',
    holds: verified.length > long.length && long.length > 0,
    figures: [
      figure('verified loops of one feature', verified.length - long.length, '', null),
      figure('verified cycles of two to four', long.length, '', null),
      figure('cycles looked at', cycles.length, '', null),
    ],
    charts: [],
    features: verified
      .toSorted((a, b) => b.features.length - a.features.length)
      .map(({ dictionary, features }) => ({
        dictionary,
        feature: features[0]!,
        why: features.length > 1 ? `cycle ${features.join(' → ')}` : 'leads to itself',
      }))
      .slice(0, 12),
  };
}

function figure(name: string, value: number | null | undefined, unit: string, paper: string | null): Figure {
  return { name, value: value ?? null, unit, paper };
}

function chart(
  title: string,
  series: readonly (readonly [string, Histogram | undefined])[],
): Claim['charts'] {
  const drawn = series.flatMap(([name, histogram]) =>
    histogram !== undefined && histogram.counts.length > 0 ? [{ name, histogram }] : [],
  );
  return drawn.length > 0 ? [{ title, series: drawn }] : [];
}

function scoresOf(dictionary: DictionaryInput | undefined) {
  return dictionary?.explanationScores?.[0]?.activation;
}

/** Share on concept of the bands above half of the largest activation; null where there is nothing. */
function upperSpecificity(
  bands: NonNullable<ProxiesRecord['proxies'][number]['feature']>['specificity'],
): number | null {
  const upper = bands.filter(({ from }) => from >= 0.5);
  const active = upper.reduce((sum, { activeTokens }) => sum + activeTokens, 0);
  return active > 0 ? upper.reduce((sum, { onConcept }) => sum + onConcept, 0) / active : null;
}

const idOf = ({ dictionary, feature }: { readonly dictionary: string; readonly feature: number }) => ({
  dictionary,
  feature,
});
const keyOf = (of: { readonly dictionary: string; readonly feature: number }): string =>
  `${of.dictionary}/${of.feature}`;
const percent = (share: number): string => `${Math.round(100 * share)} %`;
/** To three digits at most: 7.8, 631, 12,200. */
const rounded = (value: number): string =>
  value < 100 ? value.toFixed(1) : Number(value.toPrecision(3)).toLocaleString('en-GB');
