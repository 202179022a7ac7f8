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

export type Claim = ClaimsRecord['claims'][number];
export type Figure = Claim['figures'][number];
type Shown = Claim['features'][number];

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
  readonly splits: { readonly shown: SplitsRecord['splits']; readonly counted: SplitsRecord['counted'] };
  readonly steering: SteeringRecord['steering'];
  /** Features of each dictionary that are active on ten tokens or more: others have no edges, whatever they mean. */
  readonly common: ReadonlyMap<string, number>;
  /** Edges of automata that were found; null where there were too few texts to test cycles on. */
  readonly edges: number | null;
  readonly cycles: AutomataRecord['cycles'];
}

/** A conclusion before it is judged: it holds where nothing that its rule needs is missing, and no part of the rule unmet. */
export interface Judged extends Omit<Claim, 'holds' | 'lacks' | 'fails'> {
  /** What is missing, in words that end a sentence; null entries are there. */
  readonly lacks: readonly (string | null)[];
  /** What each part of the rule that is not met came to, in words that end a sentence; null entries are met. */
  readonly fails: readonly (string | null)[];
}

/** Kinds of text that a conclusion needs, and features that one about a median needs. */
export const LEAST_KINDS = 3;
export const LEAST_FEATURES = 10;
/** Features that a page links to, of all that show a conclusion. */
const MOST_SHOWN = 12;

export const FEATURES = ['feature', 'features'] as const;
export const NEURONS = ['neuron', 'neurons'] as const;
export const KINDS = ['kind of text', 'kinds of text'] as const;
export const WIDTHS = ['width of dictionaries', 'widths of dictionaries'] as const;

/** `only 1 kind of text (the rule asks for 3)`; null where there are enough. @param of what is counted: one, and many */
export function fewerThan(
  least: number,
  count: number,
  [one, many]: readonly [string, string],
  rest = '',
): string | null {
  if (count >= least) return null;
  const counted = count === 0 ? `no ${many}` : `only ${count} ${count === 1 ? one : many}`;
  return `${counted}${rest} (the rule asks for ${least})`;
}

export function figure(
  name: string,
  value: number | null | undefined,
  unit: string,
  paper: string | null,
): Figure {
  return { name, value: value ?? null, unit, paper };
}

export function chart(
  title: string,
  series: readonly (readonly [string, Histogram | undefined])[],
): Claim['charts'] {
  const drawn = series.flatMap(([name, histogram]) =>
    histogram !== undefined && histogram.counts.length > 0 ? [{ name, histogram }] : [],
  );
  return drawn.length > 0 ? [{ title, series: drawn }] : [];
}

/** Features that a page links to, highest rank first, each once: kinds of text overlap, and cycles too. */
export function shownOf(found: readonly (Shown & { readonly rank?: number })[]): Shown[] {
  const byFeature = new Map<string, Shown>();
  for (const { dictionary, feature, why } of found.toSorted((a, b) => (b.rank ?? 0) - (a.rank ?? 0))) {
    const key = keyOf({ dictionary, feature });
    if (!byFeature.has(key)) byFeature.set(key, { dictionary, feature, why });
  }
  return [...byFeature.values()].slice(0, MOST_SHOWN);
}

/** Widths of dictionaries, each once, ascending. */
export function widthsOf(dictionaries: readonly DictionaryInput[]): number[] {
  return [...new Set(dictionaries.map(({ features }) => features))].sort((a, b) => a - b);
}

export const idOf = ({ dictionary, feature }: { readonly dictionary: string; readonly feature: number }) => ({
  dictionary,
  feature,
});
export const keyOf = (of: { readonly dictionary: string; readonly feature: number }): string =>
  `${of.dictionary}/${of.feature}`;
export const percent = (share: number): string => `${Math.round(100 * share)} %`;
export const valueOf = (value: number | null | undefined): string => (value ?? NaN).toFixed(2);
/** To three digits at most: 7.8, 631, 12,200. */
export const rounded = (value: number): string =>
  value < 100 ? value.toFixed(1) : Number(value.toPrecision(3)).toLocaleString('en-GB');
