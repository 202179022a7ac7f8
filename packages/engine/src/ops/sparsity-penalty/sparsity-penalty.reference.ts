import { Sums } from '../../testing/reference.ts';
import type { SparsityPenalty } from './sparsity-penalty.ts';

/** See sparsityPenalty: h + its gradient, the sums of the penalties, and what is taken along the rows. */
export function sparsityPenaltyReference(
  f: Float64Array,
  n: Float64Array,
  h: Float64Array,
  { kind, sharpness = 1 }: Pick<SparsityPenalty, 'kind' | 'sharpness'>,
  factor: number,
): { readonly h: Sums; readonly value: Sums; readonly along: Sums } {
  const features = n.length;
  const moved = new Sums(f.length);
  const value = new Sums(features);
  const along = new Sums(features);
  f.forEach((activation, at) => {
    if (!(activation > 0)) return;
    const norm = n[at % features]!;
    const penalty = kind === 'linear' ? activation * norm : Math.tanh(sharpness * activation * norm);
    const slope = factor * norm * (kind === 'linear' ? 1 : sharpness * (1 - penalty ** 2));
    // The slope of a tanh is the difference of 1 and a number near 1: it is as exact as 1 is.
    const magnitude = Math.abs(factor) * norm * (kind === 'linear' ? 1 : sharpness);
    moved.add(at, h[at]!);
    moved.add(at, slope, magnitude);
    value.add(at % features, penalty);
    along.add(at % features, -slope * activation, magnitude * activation);
  });
  return { h: moved, value, along };
}
