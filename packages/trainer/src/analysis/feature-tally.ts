import type { DictionaryInput, FeatureInput } from '../records/schema.ts';
import { histogramOf, median } from './bins.ts';

/** Bins of the histograms of scores. */
const BINS = 40;

/** Counts over the features of a dictionary what its record says of them together. */
export class FeatureTally {
  #single = 0;
  #tested = 0;
  readonly #activation = new Map<string, number[]>();
  readonly #logit = new Map<string, number[]>();

  add({ singleToken, explanations = [] }: FeatureInput): void {
    if (singleToken !== null && singleToken !== undefined) {
      this.#tested += 1;
      if (singleToken) this.#single += 1;
    }
    for (const { explainer, activationScore, logitScore } of explanations) {
      keep(this.#activation, explainer, activationScore);
      keep(this.#logit, explainer, logitScore);
    }
  }

  get singleToken(): DictionaryInput['singleTokenFeatures'] {
    return { single: this.#single, tested: this.#tested };
  }

  /** How the scores of each explainer are distributed. */
  explanationScores(): NonNullable<DictionaryInput['explanationScores']> {
    return [...this.#activation.keys()].map((explainer) => ({
      explainer,
      activation: scoreDistribution(this.#activation.get(explainer)!, [-1, 1]),
      logit: scoreDistribution(this.#logit.get(explainer)!, [0, 1]),
    }));
  }
}

function keep(scores: Map<string, number[]>, explainer: string, score: number | null): void {
  const known = scores.get(explainer) ?? [];
  if (score !== null) known.push(score);
  scores.set(explainer, known);
}

/** Median and histogram of some scores. @param range of the histogram */
export function scoreDistribution(scores: readonly number[], range: readonly [number, number]) {
  return {
    median: scores.length > 0 ? median(scores) : null,
    scored: scores.length,
    histogram: histogramOf(scores, BINS, range),
  };
}
