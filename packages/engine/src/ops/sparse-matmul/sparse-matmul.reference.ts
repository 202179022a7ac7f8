import { Sums } from '../../testing/reference.ts';

/** y (B,D) = the positive entries of f (B,F) · w (F,D) + bias (D). */
export function sparseMatmulReference(f: Float64Array, w: Float64Array, bias: Float64Array): Sums {
  const width = bias.length;
  const features = w.length / width;
  const y = new Sums((f.length / features) * width);
  for (let b = 0; b < f.length / features; b++) {
    for (let d = 0; d < width; d++) {
      y.add(b * width + d, bias[d]!);
      for (let j = 0; j < features; j++) {
        if (f[b * features + j]! > 0) y.add(b * width + d, f[b * features + j]! * w[j * width + d]!);
      }
    }
  }
  return y;
}
