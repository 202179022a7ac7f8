/** Sums over tokens of one feature: how many tokens in all, Σ f and Σ f². */
export interface Moments {
  readonly tokens: number;
  readonly sum: number;
  readonly sumOfSquares: number;
}

/**
 * Pearson correlation of two features over all tokens.
 *
 * @param product Σ f·g
 * @returns 0 where either never varies
 */
export function pearson(left: Moments, right: Moments, product: number): number {
  const n = left.tokens;
  const leftVariance = n * left.sumOfSquares - left.sum ** 2;
  const rightVariance = n * right.sumOfSquares - right.sum ** 2;
  if (!(leftVariance > 0 && rightVariance > 0)) return 0;
  return clamp((n * product - left.sum * right.sum) / Math.sqrt(leftVariance * rightVariance));
}

/** Cosine of two features' activations as vectors over tokens; 0 where either is never active. */
export function cosine(leftSquares: number, rightSquares: number, product: number): number {
  return leftSquares > 0 && rightSquares > 0 ? clamp(product / Math.sqrt(leftSquares * rightSquares)) : 0;
}

/**
 * Masked cosine (Bricken et al. 2023, feature splitting): the cosine over the tokens where the one fires, and over
 * those where the other does; the larger.
 */
export function maskedCosine(pair: {
  readonly product: number;
  /** Σ f², Σ g² over all tokens. */
  readonly leftSquares: number;
  readonly rightSquares: number;
  /** Σ f² where g > 0, and Σ g² where f > 0. */
  readonly leftSquaresWhereRight: number;
  readonly rightSquaresWhereLeft: number;
}): number {
  return Math.max(
    cosine(pair.leftSquares, pair.rightSquaresWhereLeft, pair.product),
    cosine(pair.leftSquaresWhereRight, pair.rightSquares, pair.product),
  );
}

/** Rounding can carry a perfect correlation past 1. */
function clamp(value: number): number {
  return Math.min(1, Math.max(-1, value));
}
