import { Sums } from '../../testing/reference.ts';
import { rowOf } from '../row-adam/parts.reference.ts';
import type { Parts } from '../row-adam/parts.ts';

/**
 * g (F,D) = the positive entries of fᵀ (F,B) · y (B,D).
 *
 * @param parts which rows of y the rows of f meet, where they are not the same
 */
export function sparseTransposedMatmulReference(
  f: Float64Array,
  y: Float64Array,
  width: number,
  features = (f.length * width) / y.length,
  parts: Parts = { first: f.length / features, second: 0, groups: [features] },
): Sums {
  const rows = f.length / features;
  const rowIn = rowOf(parts);
  const g = new Sums(features * width);
  for (let j = 0; j < features; j++) {
    for (let b = 0; b < rows; b++) {
      if (!(f[b * features + j]! > 0)) continue;
      for (let d = 0; d < width; d++) {
        g.add(j * width + d, f[b * features + j]! * y[rowIn(b, j) * width + d]!);
      }
    }
  }
  return g;
}
