import { Sums } from '../../testing/reference.ts';

/** Sums of f, h and f·h (B,F), and the number of rows, over the rows where `marker` (B,F) is positive: (F) each. */
export function maskedColumnSumReference(
  f: Float64Array,
  h: Float64Array,
  marker: Float64Array,
  features: number,
) {
  const sums = {
    sumF: new Sums(features),
    sumH: new Sums(features),
    sumFH: new Sums(features),
    count: new Sums(features),
  };
  marker.forEach((value, at) => {
    if (!(value > 0)) return;
    sums.sumF.add(at % features, f[at]!);
    sums.sumH.add(at % features, h[at]!);
    sums.sumFH.add(at % features, f[at]! * h[at]!);
    sums.count.add(at % features, 1);
  });
  return sums;
}
