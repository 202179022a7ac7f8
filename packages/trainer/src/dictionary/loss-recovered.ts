/**
 * Fraction of what the activations do for prediction that is kept when its activations are reconstructed:
 * (zeroAblated - reconstructed) / (zeroAblated - original), a ratio of means. 1 is perfect, 0 no better than
 * zero-ablation, and it can be negative. Null where there is nothing to recover: setting the activations to zero, or to
 * their mean where that was measured, does not raise the loss.
 */
export function lossRecovered(losses: {
  readonly original: number;
  readonly zeroAblated: number;
  readonly meanAblated?: number;
  readonly reconstructed: number;
}): number | null {
  const range = losses.zeroAblated - losses.original;
  const helps = range > 0 && (losses.meanAblated ?? Infinity) > losses.original;
  return helps ? (losses.zeroAblated - losses.reconstructed) / range : null;
}
