import { NonFiniteError } from '@monosema/engine';
import { uniforms } from '../random/seeded.ts';
import type { Pins, SteeredSequence } from './steered-model.ts';

/** What says of some sequences, in which features may be held, which tokens come next. */
export interface Predictor {
  /** T: tokens that it sees. */
  readonly context: number;
  /** Sequences of a batch at most. */
  readonly sequences: number;
  /** Logits (V) of the token after each wanted place, sequence by sequence. */
  predict(sequences: readonly SteeredSequence[]): Promise<Float32Array[]>;
}

/** A text to go on from. */
export interface Beginning {
  /** At least one token: what a document begins with, where there is no prompt. */
  readonly tokens: readonly number[];
  readonly pins: Pins;
  /** Texts of one seed draw the same random numbers, so that only what is pinned tells them apart. */
  readonly seed: number;
}

/**
 * Goes on from several beginnings at once, a token at a time, drawing each from the model's whole distribution. The
 * model sees the last T tokens.
 *
 * @param watch called before every batch of every token; throws to stop
 * @param drawn told of every new token as it is drawn, and of which text it is
 * @returns for each beginning, the new tokens
 */
export async function continueTexts(
  model: Predictor,
  beginnings: readonly Beginning[],
  length: number,
  watch: () => void,
  drawn: (text: number, token: number) => void = () => {},
): Promise<number[][]> {
  const texts = beginnings.map(({ tokens }) => [...tokens]);
  const random = beginnings.map(({ seed }) => uniforms(seed));
  for (let step = 0; step < length; step++) {
    for (let first = 0; first < texts.length; first += model.sequences) {
      watch();
      const batch = beginnings.slice(first, first + model.sequences).map(({ pins }, i) => {
        const tokens = texts[first + i]!.slice(-model.context);
        return { tokens, pins, after: [tokens.length - 1] };
      });
      const logits = await model.predict(batch);
      logits.forEach((row, i) => {
        const token = draw(row, random[first + i]!());
        texts[first + i]!.push(token);
        drawn(first + i, token);
      });
    }
  }
  return texts.map((text, i) => text.slice(beginnings[i]!.tokens.length));
}

/**
 * The token at a point of the cumulative distribution of softmax(logits), tokens in order.
 *
 * @throws {NonFiniteError} if a logit is no number, as where a feature is held at an absurd activation
 */
export function draw(logits: Float32Array, uniform: number): number {
  const probabilities = softmax(logits);
  let left = uniform;
  for (let token = 0; token < probabilities.length; token++) {
    left -= probabilities[token]!;
    if (left < 0) return token;
  }
  // Rounding can leave a sliver past the last token.
  const last = probabilities.findLastIndex((probability) => probability > 0);
  if (last >= 0) return last;
  throw new NonFiniteError(
    'sample: expected predictions of the model, got some that are no numbers',
    'hold features nearer to their largest activations',
  );
}

/** Probabilities of logits, in float64. */
export function softmax(logits: Float32Array): Float64Array {
  // Loops: typed arrays' own methods take five times as long, and a vocabulary is asked for at every place.
  let largest = -Infinity;
  for (const logit of logits) if (logit > largest) largest = logit;
  const probabilities = new Float64Array(logits.length);
  let sum = 0;
  for (let token = 0; token < logits.length; token++)
    sum += probabilities[token] = Math.exp(logits[token]! - largest);
  for (let token = 0; token < logits.length; token++) probabilities[token]! /= sum;
  return probabilities;
}
