import { Sums } from '../../testing/reference.ts';

/** The sum of the squares of some gradients and of squares that others have been summed to. */
export function squaredGradientNormReference(
  gradients: readonly Float64Array[],
  squares: readonly Float64Array[],
): Sums {
  const total = new Sums(1);
  for (const values of gradients) for (const value of values) total.add(0, value * value);
  for (const values of squares) for (const value of values) total.add(0, value);
  return total;
}

/** What a gradient is scaled by, so that its norm is at most `largest`: PyTorch's clip_grad_norm_. */
export function clipReference(squaredNorm: number, largest: number): number {
  return Math.min(1, largest / (Math.sqrt(squaredNorm) + 1e-6));
}
