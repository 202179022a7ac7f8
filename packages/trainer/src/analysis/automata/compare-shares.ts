/** Tokens drawn after one text from a mixture of several predictions. */
export interface Drawn {
  readonly tokens: readonly number[];
  /** By draw and prediction, the probability of the token by the prediction over that by the mixture. */
  readonly weights: readonly (readonly number[])[];
}

/** What was drawn after one text, and by draw whether each of some features fires on it. */
export interface TextSamples extends Pick<Drawn, 'weights'> {
  readonly fired: readonly (readonly boolean[])[];
}

/** Share of the mixture that falls on the tokens looked at. */
const FOCUS = 1 / 4;

/**
 * Draws tokens from a mixture, a quarter of it tokens that are looked at, all alike, and the rest what each token's largest
 * probability by any of the predictions says, at evenly spaced points of its cumulative distribution. Weights make up for
 * the mixture, so it decides how far chance goes and nothing else. None exceeds 4/3 of the sum of those largest
 * probabilities, and that is small where predictions have most in common: a token that one of many predictions makes
 * likely is drawn about as often as that one alone would draw it. By the mean of the predictions it would hardly ever be,
 * and a share that rests on such tokens would be missed together with its error.
 *
 * @param predictions (V) probabilities each
 * @param focus tokens, each once; none leaves their share to the predictions
 */
export function drawMixed(
  predictions: readonly Float64Array[],
  focus: readonly number[],
  draws: number,
  uniform: () => number,
): Drawn {
  const ofFocus = focus.length > 0 ? FOCUS : 0;
  const mixture = new Float64Array(predictions[0]!.length);
  for (const prediction of predictions)
    for (let token = 0; token < mixture.length; token++)
      if (prediction[token]! > mixture[token]!) mixture[token] = prediction[token]!;
  let total = 0;
  for (const largest of mixture) total += largest;
  for (let token = 0; token < mixture.length; token++) mixture[token]! *= (1 - ofFocus) / total;
  for (const token of focus) mixture[token]! += ofFocus / focus.length;
  const start = uniform();
  const tokens: number[] = [];
  let [token, passed] = [0, 0];
  for (let draw = 0; draw < draws; draw++) {
    const point = (draw + start) / draws;
    while (token < mixture.length - 1 && passed + mixture[token]! <= point) passed += mixture[token++]!;
    tokens.push(token);
  }
  return { tokens, weights: tokens.map((drawn) => predictions.map((of) => of[drawn]! / mixture[drawn]!)) };
}

/**
 * How often a feature fires on the next token by one prediction and by the first, and how far chance moves their
 * difference: one standard error of its mean over the texts.
 */
export function compareShares(
  texts: readonly TextSamples[],
  prediction: number,
  feature: number,
): { pinned: number; plain: number; standardError: number } {
  const shareOf = ({ weights, fired }: TextSamples, of: number): number =>
    weights.reduce((sum, row, draw) => sum + (fired[draw]![feature]! ? row[of]! : 0), 0) / weights.length;
  const pairs = texts.map((text) => [shareOf(text, prediction), shareOf(text, 0)] as const);
  const n = pairs.length;
  const pinned = pairs.reduce((sum, [value]) => sum + value, 0) / n;
  const plain = pairs.reduce((sum, [, value]) => sum + value, 0) / n;
  const squares = pairs.reduce((sum, [a, b]) => sum + (a - b - (pinned - plain)) ** 2, 0);
  return { pinned, plain, standardError: Math.sqrt(squares / Math.max(1, n - 1) / n) };
}
