import { binOf } from '../bins.ts';
import type { EntryFile } from '../entries/entry-file.ts';
import { ClassCounts } from '../text/class-counts.ts';
import type { EvaluationText } from '../text/evaluation-text.ts';
import { RandomByInterval } from './random-by-interval.ts';
import { StrongestTokens } from './strongest.ts';

export interface SurveyOptions {
  readonly topExamples: number;
  readonly intervals: number;
  readonly examplesPerInterval: number;
  readonly histogramBins: number;
  readonly seed: number;
}

/** What one pass over the activations of a dictionary gathers for its features' pages. Bounded by features. */
export interface Survey {
  /** (F, bins) active tokens by activation, in equal parts of (0, largest]. */
  readonly histogram: Float64Array;
  readonly strongest: StrongestTokens;
  readonly intervals: RandomByInterval;
  readonly classes: ClassCounts;
}

/**
 * Reads the activations once, in order.
 *
 * @param max (F) largest activation of each feature, from an earlier pass
 * @param watch called between pieces; throws to stop
 */
export function surveyExamples(
  entries: EntryFile,
  max: Float64Array,
  text: EvaluationText,
  options: SurveyOptions,
  watch?: () => void,
): Survey {
  const { histogramBins } = options;
  const context = text.contexts.length;
  const histogram = new Float64Array(max.length * histogramBins);
  const strongest = new StrongestTokens(max.length, options.topExamples);
  const intervals = new RandomByInterval(max, options.intervals, options.examplesPerInterval, options.seed);
  const classes = new ClassCounts(max);
  const contextsAtOnce = Math.max(1, Math.floor(2048 / context));
  for (const { first, rows, offsets, features, values } of entries.pieces(contextsAtOnce * context)) {
    watch?.();
    const tokenClasses = text.classesOf(first, rows);
    for (let row = 0; row < rows; row++) {
      const token = first + row;
      const tokenClass = tokenClasses[row]!;
      for (let e = offsets[row]!; e < offsets[row + 1]!; e++) {
        const j = features[e]!;
        const value = values[e]!;
        histogram[j * histogramBins + binOf(value, max[j]!, histogramBins)]! += 1;
        strongest.add(j, value, token);
        intervals.add(j, value, token);
        classes.add(j, value, tokenClass);
      }
      if ((token + 1) % context === 0) strongest.close();
    }
  }
  strongest.close();
  return { histogram, strongest, intervals, classes };
}
