import type { EntryFile } from './entries/entry-file.ts';
import type { ReconstructionSums } from './entries/reconstruction-sums.ts';
import type { FeatureSums } from './entries/feature-sums.ts';
import type { Moments } from './pairs/correlation.ts';

/** A dictionary, or the neurons of a model in its place, with its activations over the evaluation tokens. */
export interface FeatureSource {
  /** as A/1 or A/neurons */
  readonly id: string;
  readonly model: string;
  /** A control is a dictionary of the model whose weights were shuffled; see CONTROL. */
  readonly kind: 'dictionary' | 'neurons' | 'control';
  /** F */
  readonly features: number;
  readonly entries: EntryFile;
  readonly sums: FeatureSums;
  /** How well it reconstructs, over all tokens; null for neurons, which reconstruct themselves. */
  readonly reconstruction: ReconstructionSums | null;
}

/** A link from a feature to another, of a dictionary that is named beside it. */
export interface Link {
  readonly dictionary: string;
  readonly feature: number;
  readonly similarity: number;
}

/** A match in another model; what two similarities more say of it is filled in when the models' logits are known. */
export interface TwinLink extends Link {
  logitWeights: number | null;
  attribution: number | null;
}

export function momentsOf({ sums }: FeatureSource, feature: number): Moments {
  return { tokens: sums.tokens, sum: sums.sum[feature]!, sumOfSquares: sums.sumOfSquares[feature]! };
}
