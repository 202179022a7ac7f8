/** Tokens drawn after one text from the mixture of several predictions, the first that of the model as it is. */
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
 * Draws tokens from a mixture, a quarter of it tokens that are looked at, all alike, and of the rest half the first
 * prediction and half the mean of the others, at evenly spaced points of its cumulative distribution. Weights make up
 * for the mixture, so it decides how far chance goes and nothing else; none exceeds 8/3 times the number of predictions.
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
  const [plain, ...others] = predictions as [Float64Array, ...Float64Array[]];
  const ofFocus = focus.length > 0 ? FOCUS : 0;
  const mixture = plain.map((value, token) => {
    const mean = others.reduce((sum, of) => sum + of[token]!, 0) / others.length;
    return (1 - ofFocus) * (others.length === 0 ? value : (value + mean) / 2);
  });
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
