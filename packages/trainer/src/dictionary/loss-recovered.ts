/**
 * Fraction of what the activations do for prediction that is kept when its activations are reconstructed:
 * (zeroAblated - reconstructed) / (zeroAblated - original), a ratio of means. 1 is perfect, 0 no better than
 * zero-ablation, and it can be negative. Null where zero-ablation does not raise the loss: there is nothing to recover.
 */
export function lossRecovered(losses: {
  readonly original: number;
  readonly zeroAblated: number;
  readonly reconstructed: number;
}): number | null {
  const range = losses.zeroAblated - losses.original;
  return range > 0 ? (losses.zeroAblated - losses.reconstructed) / range : null;
}
