import { Sums } from '../../testing/reference.ts';

/** f (B,F) = x where x > threshold (F), else 0; near (B,F) is 1 within half a bandwidth of the threshold, else 0. */
export function jumpReluReference(x: Float64Array, threshold: Float64Array, bandwidth: number) {
  const at = (i: number) => threshold[i % threshold.length]!;
  return {
    f: x.map((value, i) => (value > at(i) ? Math.max(value, 0) : 0)),
    near: x.map((value, i) => (Math.abs(value - at(i)) < bandwidth / 2 ? 1 : 0)),
  };
}

/** The threshold's gradient by the rectangle kernel: -(θ · Σ products + penalty · count) / bandwidth over near entries. */
export function thresholdGradientReference(
  threshold: Float64Array,
  sumProducts: Float64Array,
  count: Float64Array,
  bandwidth: number,
  penalty: number,
): Sums {
  const gradient = new Sums(threshold.length);
  threshold.forEach((value, j) => {
    gradient.add(j, (-value * sumProducts[j]!) / bandwidth);
    gradient.add(j, (-penalty * count[j]!) / bandwidth);
  });
  return gradient;
}
