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
import { MIN_ACTIVE_TOKENS } from '../pairs/splitting.ts';
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
  /** Pearson correlations of the common features of `shown` with the neuron that correlates most with each. */
  readonly neuronCorrelations: { readonly median: number | null; readonly histogram: Histogram };
  readonly proxies: ProxiesRecord['proxies'];
  readonly universality: NonNullable<StudyInput['universality']>;
  readonly splits: SplitsRecord['splits'];
  readonly steering: SteeringRecord['steering'];
  /** Features of each dictionary that are active on ten tokens or more: others have no edges, whatever they mean. */
  readonly common: ReadonlyMap<string, number>;
  /** Edges of automata that were found; null where there were too few texts to test cycles on. */
  readonly edges: number | null;
  readonly cycles: AutomataRecord['cycles'];
}

/** A conclusion before it is judged: whether it holds where nothing that its rule needs is missing. */
interface Judged extends Omit<Claim, 'holds' | 'lacks'> {
  readonly holds: boolean;
  /** What is missing, in words that end a sentence; null entries are there. */
  readonly lacks: readonly (string | null)[];
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
/** Kinds of text, and splits, that a conclusion needs, and features that one about a median needs. */
const LEAST_KINDS = 3;
const LEAST_SPLITS = 3;
const LEAST_FEATURES = 10;
/** Tokens that losses are compared over at least: of fewer, chance says which dictionary recovers more. */
const LEAST_PREDICTIONS = 1000;
/** Features that must steer. */
const LEAST_STEERED = 2;

/**
 * The paper's seven conclusions (Bricken et al. 2023), each with what this study measured, the rule by which it holds
 * here, and features that show it. A conclusion neither holds nor fails where the study lacks what its rule is about, or
 * has so little of it that the rule could not be met, or would be by accident; it says what is missing.
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
  ].map(({ lacks, holds, ...claim }) => {
    const missing = lacks.find((each) => each !== null) ?? null;
    return { ...claim, holds: missing === null ? holds : null, lacks: missing };
  });
}

/** `only 1 kind of text (the rule asks for 3)`; null where there are enough. @param of what is counted: one, and many */
function fewerThan(
  least: number,
  count: number,
  [one, many]: readonly [string, string],
  rest = '',
): string | null {
  if (count >= least) return null;
  const counted = count === 0 ? `no ${many}` : `only ${count} ${count === 1 ? one : many}`;
  return `${counted}${rest} (the rule asks for ${least})`;
}

const FEATURES = ['feature', 'features'] as const;
const NEURONS = ['neuron', 'neurons'] as const;
const KINDS = ['kind of text', 'kinds of text'] as const;
const WIDTHS = ['width of dictionaries', 'widths of dictionaries'] as const;

function monosemantic({ dictionaries, shown, proxies }: Evidence): Judged {
  const features = scoresOf(dictionaries.find(({ id }) => id === shown));
  const neurons = scoresOf(dictionaries.find(({ kind }) => kind === 'neurons'));
  const control = scoresOf(dictionaries.find(({ kind }) => kind === 'control'));
  const specific = proxies.flatMap(({ name, feature }) => {
    const share = feature === null ? null : upperSpecificity(feature.specificity);
    // Where nearly all of the text is of a kind, so is what any feature is active on.
    return feature !== null && feature.pearson >= ANSWERS && share !== null && share >= SPECIFIC
      ? [{ ...idOf(feature), share, why: `${percent(share)} of its stronger half is ${name}` }]
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
    holds: (features?.median ?? NaN) > (neurons?.median ?? NaN) && specific.length >= LEAST_KINDS,
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
    features: specific
      .sort((a, b) => b.share - a.share)
      .slice(0, 12)
      .map(({ dictionary, feature, why }) => ({ dictionary, feature, why })),
  };
}

function notNeurons({ proxies, shown, neuronCorrelations, dictionaries }: Evidence): Judged {
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
    holds: ahead.length >= 0.8 * seen.length && (neuronCorrelations.median ?? NaN) < 0.5,
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

function steering({ steering: all }: Evidence): Judged {
  // Where no other feature of its dictionary was held, half of the rule is not measured.
  const measured = all.filter(({ doses }) => doses !== undefined && doses[0]?.otherMass != null);
  const gains = measured.map((each) => ({ ...each, gain: gainOf(each, each.doses?.[0]) }));
  const steered = gains.filter(({ gain }) => gain >= STEERED);
  return {
    id: 'steering',
    claim: 'Features can be used to steer the model.',
    rule: `Where a context has nothing of a kind of text so far, holding the best feature for it at its largest activation makes tokens of that kind at least ${STEERED} times as likely as they are, and as they are with another feature held likewise (the median one), for two features or more.`,
    lacks: [
      fewerThan(
        LEAST_STEERED,
        new Set(measured.map(keyOf)).size,
        FEATURES,
        ' for a kind of text that could be held, beside another, where the text has nothing of it yet',
      ),
    ],
    holds: new Set(steered.map(keyOf)).size >= LEAST_STEERED,
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

function universal({ universality, dictionaries, shown }: Evidence): Judged {
  const neuronsId = dictionaries.find(({ kind }) => kind === 'neurons')?.id;
  const features = universality.find(({ from }) => from === shown);
  const neurons = universality.find(({ from }) => from === neuronsId);
  return {
    id: 'universal',
    claim: 'Features are found again in another model, more than neurons are.',
    rule: 'The median correlation of the best match in a model of another seed is larger for features than for neurons.',
    lacks: [
      features === undefined
        ? `no features of ${shown} to compare with a dictionary as wide on a second model`
        : fewerThan(
            LEAST_FEATURES,
            features.compared,
            FEATURES,
            ` of ${shown} active on ${MIN_ACTIVE_TOKENS} tokens`,
          ),
      neurons === undefined
        ? 'no neurons of two models to compare'
        : fewerThan(LEAST_FEATURES, neurons.compared, NEURONS, ` active on ${MIN_ACTIVE_TOKENS} tokens`),
    ],
    holds: (features?.medianCorrelation ?? NaN) > (neurons?.medianCorrelation ?? NaN),
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

function splitting({ splits, dictionaries, common }: Evidence): Judged {
  const widths = dictionaries.filter(({ kind }) => kind === 'dictionary');
  const narrower = widths.filter(({ features }) => features < widths.at(-1)!.features);
  const parents = narrower.reduce((sum, { id }) => sum + (common.get(id) ?? 0), 0);
  const telling = splits.filter(({ distinctness }) => distinctness >= DISTINCT);
  return {
    id: 'splitting',
    claim: 'Features split as dictionaries grow.',
    rule: `At least ${LEAST_SPLITS} features of a narrower dictionary have children in the next wider one of which no two share more than ${percent(1 - DISTINCT)} of what they fire on.`,
    lacks: [
      fewerThan(2, widthsOf(widths).length, WIDTHS),
      fewerThan(
        LEAST_FEATURES,
        parents,
        FEATURES,
        ` of a narrower dictionary active on ${MIN_ACTIVE_TOKENS} tokens`,
      ),
    ],
    holds: telling.length >= LEAST_SPLITS,
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

function moreThanNeurons({ dictionaries }: Evidence): Judged {
  const widths = dictionaries.filter(({ kind }) => kind === 'dictionary');
  const widest = widths.filter(({ features }) => features === widths.at(-1)!.features);
  const neurons = dictionaries.find(({ kind }) => kind === 'neurons')?.features ?? null;
  const live =
    widest.length === 0
      ? null
      : Math.max(
          ...widest.map(
            ({ features, deadFeatures, ultralowFeatures }) =>
              features - deadFeatures - (ultralowFeatures ?? 0),
          ),
        );
  // What the bias of a dictionary keeps is no work of its features.
  const overMean = widths.every(({ losses }) => losses == null || losses.reconstructed < losses.meanAblated);
  // Dictionaries of one width, as of several architectures, are not held against each other.
  const recovered = widthsOf(widths).map((width) =>
    widths.filter(({ features }) => features === width).map(({ lossRecovered }) => lossRecovered ?? NaN),
  );
  const rises = recovered.every(
    (values, i) => i === 0 || Math.min(...values) > Math.max(...recovered[i - 1]!),
  );
  return {
    id: 'more-than-neurons',
    claim: 'A few neurons stand for many more features.',
    rule: 'The widest dictionary has more live features than there are neurons, and each wider dictionary recovers more of the loss, all of them more than the mean of the activations does.',
    lacks: [
      neurons === null ? 'no neurons to count' : null,
      fewerThan(2, recovered.length, WIDTHS),
      fewerThan(
        LEAST_PREDICTIONS,
        Math.min(...widths.map(({ losses }) => losses?.tokens ?? Infinity)),
        ['token', 'tokens'],
        ' that losses are compared over',
      ),
      recovered.flat().some(Number.isNaN)
        ? 'no loss to recover: taking the activations out costs nothing, or reaches other layers too'
        : null,
    ],
    holds: (live ?? 0) > (neurons ?? Infinity) && rises && overMean,
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

function automata({ cycles, edges }: Evidence): Judged {
  const verified = cycles.filter(({ holds }) => holds);
  const long = verified.filter(({ features }) => features.length > 1);
  return {
    id: 'automata',
    claim: 'Features lead to each other like the states of an automaton.',
    rule: 'There is a feature that leads to itself and a cycle of two features or more, and in each, holding a feature makes the next one fire more often on what is sampled, by three standard errors.',
    lacks: [
      edges === null ? 'too few texts to sample after' : null,
      edges === 0 ? 'no feature that leads to another at enough places to be counted' : null,
    ],
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

/** Widths of dictionaries, each once, ascending. */
function widthsOf(dictionaries: readonly DictionaryInput[]): number[] {
  return [...new Set(dictionaries.map(({ features }) => features))].sort((a, b) => a - b);
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
