import { Sums } from '../../testing/reference.ts';

/** g (F,D) = the positive entries of fᵀ (F,B) · y (B,D). */
export function sparseTransposedMatmulReference(f: Float64Array, y: Float64Array, width: number): Sums {
  const rows = y.length / width;
  const features = f.length / rows;
  const g = new Sums(features * width);
  for (let j = 0; j < features; j++) {
    for (let b = 0; b < rows; b++) {
      if (!(f[b * features + j]! > 0)) continue;
      for (let d = 0; d < width; d++) g.add(j * width + d, f[b * features + j]! * y[b * width + d]!);
    }
  }
  return g;
}
