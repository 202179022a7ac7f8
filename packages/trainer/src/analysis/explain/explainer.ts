import type { Passage, Text } from './passage.ts';

/** What an explainer may look at. */
export interface Evidence {
  readonly passages: readonly Passage[];
  /** Largest activation of the feature. */
  readonly max: number;
  /** Tokens with the largest logit weights, largest first. */
  readonly strongestLogits: readonly number[];
}

/** A hypothesis about a feature in words, and the predictions that follow from it. */
export interface Hypothesis {
  readonly text: string;
  /** Activations expected on the tokens of a text, in any unit. */
  readonly simulate: (text: Text) => readonly number[];
  /** Whether the feature makes a token likelier. */
  readonly expects: (token: number) => boolean;
}
