import { binOf } from '../bins.ts';
import type { FeatureSource } from '../feature-source.ts';
import { growingDoubles } from '../growing.ts';
import { Largest } from '../largest.ts';
import { ClassCounts } from '../text/class-counts.ts';
import type { EvaluationText } from '../text/evaluation-text.ts';
import { EntrySample } from './entry-sample.ts';
import { LEVELS, levelOf, nearestToLevel } from './levels.ts';
import { StrongestTokens } from './strongest.ts';

/** Active tokens of a feature that its intervals are taken from, as in the paper's browser. */
const SAMPLE = 1000;
/** A feature that is active on fewer tokens shows them all as its strongest, and no other group. */
const LEAST_FOR_GROUPS = 20;
/** Examples that the test of a single token takes, whatever is shown. */
const SINGLE_TOKEN_EXAMPLES = 20;
/** Examples of random active tokens. */
const RANDOM = 10;

export interface SurveyOptions {
  /** Examples of the strongest, and as many of the weakest. */
  readonly topExamples: number;
  readonly examplesPerInterval: number;
  readonly histogramBins: number;
  readonly seed: number;
}

/** Tokens that a feature's examples are chosen for. */
export interface ExampleTokens {
  /** The strongest, strongest first; none when the feature is dead. */
  readonly top: readonly number[];
  /**
   * Of every level from the largest activation down, strongest first; none of a level that no activation is near, and no
   * levels where the feature fires too rarely.
   */
  readonly levels: readonly (readonly number[])[];
  /** The weakest activations of all, strongest first. */
  readonly bottom: readonly number[];
  /** Drawn evenly from all active tokens. */
  readonly random: readonly number[];
}

/** What one pass over the activations of a dictionary gathers for its features' pages. Bounded by features. */
export interface Survey {
  /** (F, bins) active tokens by activation, in equal parts of (0, largest]. */
  readonly histogram: Float64Array;
  /** (F, 11) active tokens in the band of each level. */
  readonly levelCounts: Float64Array;
  /** Smallest of the strongest activations; Infinity when the feature is dead. */
  readonly topBound: (feature: number) => number;
  readonly tokensOf: (feature: number) => ExampleTokens;
  /** The weakest of the activations that are shown as the weakest, and the strongest of them. */
  readonly bottomRange: (feature: number) => { readonly from: number; readonly to: number };
  /** Whether the strongest twenty are all of one token; null with fewer of them. Source: Bricken et al. 2023. */
  readonly singleToken: (feature: number) => boolean | null;
  readonly classes: ClassCounts;
  /** (F) contexts in which the feature is active. */
  readonly contexts: Float64Array;
}

/**
 * Reads the activations once, in order.
 *
 * @param watch called between pieces with the share done; throws to stop
 */
export function surveyExamples(
  { entries, sums }: Pick<FeatureSource, 'entries' | 'sums'>,
  text: EvaluationText,
  options: SurveyOptions,
  watch?: (share: number) => void,
): Survey {
  const { histogramBins, topExamples } = options;
  const { max, active } = sums;
  const context = text.contexts.length;
  const histogram = new Float64Array(max.length * histogramBins);
  const levelCounts = new Float64Array(max.length * LEVELS);
  const strongest = new StrongestTokens(max.length, topExamples);
  const tested =
    topExamples === SINGLE_TOKEN_EXAMPLES
      ? strongest
      : new StrongestTokens(max.length, SINGLE_TOKEN_EXAMPLES);
  const weakest = new Largest(max.length, topExamples);
  const sample = new EntrySample(active, SAMPLE, options.seed);
  const classes = new ClassCounts(max);
  const contexts = new Float64Array(max.length);
  // The context each feature was last active in, counted from 1.
  const last = new Float64Array(max.length);
  const contextsAtOnce = Math.max(1, Math.floor(2048 / context));
  for (const { first, rows, offsets, features, values } of entries.pieces(contextsAtOnce * context)) {
    watch?.(first / entries.rows);
    const tokenClasses = text.classesOf(first, rows);
    for (let row = 0; row < rows; row++) {
      const token = first + row;
      const tokenClass = tokenClasses[row]!;
      const place = Math.floor(token / context) + 1;
      for (let e = offsets[row]!; e < offsets[row + 1]!; e++) {
        const j = features[e]!;
        const value = values[e]!;
        histogram[j * histogramBins + binOf(value, max[j]!, histogramBins)]! += 1;
        levelCounts[j * LEVELS + levelOf(value, max[j]!)]! += 1;
        strongest.add(j, value, token);
        if (tested !== strongest) tested.add(j, value, token);
        weakest.offer(j, -value, token);
        sample.add(j, value, token);
        classes.add(j, value, tokenClass);
        if (last[j] !== place) contexts[j]! += 1;
        last[j] = place;
      }
      if ((token + 1) % context !== 0) continue;
      strongest.close();
      tested.close();
    }
  }
  strongest.close();
  tested.close();
  const gathered = { strongest, tested, weakest, sample, levelCounts };
  return { histogram, levelCounts, classes, contexts, ...chosenFrom(gathered, active, text, options) };
}

/**
 * Chooses the examples. What they are chosen from is let go of with it: a function that looked into the sample later
 * would keep it, which is two gigabytes of 131,072 features.
 */
function chosenFrom(
  gathered: {
    readonly strongest: StrongestTokens;
    readonly tested: StrongestTokens;
    readonly weakest: Largest;
    readonly sample: EntrySample;
    readonly levelCounts: Float64Array;
  },
  active: Float64Array,
  text: EvaluationText,
  { examplesPerInterval }: SurveyOptions,
): Pick<Survey, 'topBound' | 'tokensOf' | 'singleToken' | 'bottomRange'> {
  const { strongest, tested, weakest, sample, levelCounts } = gathered;
  const topBounds = new Float64Array(active.length);
  const bottomRanges = new Float64Array(2 * active.length);
  // 0 where there are too few examples, else 1 for several tokens and 2 for one.
  const single = new Uint8Array(active.length);
  const chosen = new ChosenTokens(active.length, (feature) => {
    const ranked = strongest.of(feature);
    topBounds[feature] = ranked.at(-1)?.value ?? Infinity;
    const tokens = tested.of(feature).map(({ token }) => text.read(token, 1)[0]);
    if (tokens.length >= SINGLE_TOKEN_EXAMPLES)
      single[feature] = tokens.every((token) => token === tokens[0]) ? 2 : 1;
    const lowest = weakest.of(feature).reverse();
    bottomRanges[2 * feature] = -(lowest.at(-1)?.value ?? 0);
    bottomRanges[2 * feature + 1] = -(lowest[0]?.value ?? 0);
    const top = ranked.map(({ token }) => token);
    if (active[feature]! < LEAST_FOR_GROUPS) return [top];
    const sampled = sample.of(feature);
    // What is nearest to a level that no activation has, as below a threshold, is no example of it.
    const levels = Array.from({ length: LEVELS }, (_, level) =>
      levelCounts[feature * LEVELS + level] === 0
        ? []
        : nearestToLevel(sampled, level, examplesPerInterval).map(({ token }) => token),
    );
    return [top, ...levels, lowest.map(({ id }) => id), sample.first(feature, RANDOM)];
  });
  return lookups(chosen, topBounds, bottomRanges, single);
}

function lookups(
  chosen: ChosenTokens,
  topBounds: Float64Array,
  bottomRanges: Float64Array,
  single: Uint8Array,
): Pick<Survey, 'topBound' | 'tokensOf' | 'singleToken' | 'bottomRange'> {
  return {
    topBound: (feature) => topBounds[feature]!,
    tokensOf: (feature) => chosen.of(feature),
    singleToken: (feature) => (single[feature] === 0 ? null : single[feature] === 2),
    bottomRange: (feature) => ({ from: bottomRanges[2 * feature]!, to: bottomRanges[2 * feature + 1]! }),
  };
}

/** Groups of a feature's tokens: the strongest, a group for each level, the weakest, random ones. */
const GROUPS = LEVELS + 3;

/** The tokens chosen for all features, one after another. */
class ChosenTokens {
  /** Group g of feature j is tokens[starts[j·GROUPS + g]] to the next start. */
  readonly #starts: Float64Array;
  readonly #tokens: Float64Array;

  /** @param choose the groups of a feature; those at the end may be left out */
  constructor(features: number, choose: (feature: number) => readonly (readonly number[])[]) {
    this.#starts = new Float64Array(features * GROUPS + 1);
    const tokens = growingDoubles();
    for (let feature = 0; feature < features; feature++) {
      const groups = choose(feature);
      for (let group = 0; group < GROUPS; group++) {
        for (const token of groups[group] ?? []) tokens.push(token);
        this.#starts[feature * GROUPS + group + 1] = tokens.length;
      }
    }
    this.#tokens = tokens.finish();
  }

  of(feature: number): ExampleTokens {
    const group = (index: number): number[] => {
      const at = feature * GROUPS + index;
      return Array.from(this.#tokens.subarray(this.#starts[at]!, this.#starts[at + 1]!));
    };
    const levels = Array.from({ length: LEVELS }, (_, level) => group(1 + level));
    return {
      top: group(0),
      levels: levels.every(({ length }) => length === 0) ? [] : levels,
      bottom: group(LEVELS + 1),
      random: group(LEVELS + 2),
    };
  }
}
