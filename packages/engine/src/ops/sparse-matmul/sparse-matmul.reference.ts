import { Sums, type Reference } from '../../testing/reference.ts';

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

/** |y - x|² and |y|² (B,2) of rows whose y (B,D) carries roundings of its own. */
export function squaresReference({ values, terms }: Reference, x: Float64Array, width: number): Sums {
  const squares = new Sums((2 * x.length) / width);
  values.forEach((y, i) => {
    const row = Math.floor(i / width);
    // An error of y is that of all its terms, and comes back times what is squared, and by itself.
    const error = terms[i]! + Math.abs(x[i]!);
    squares.add(2 * row, (y - x[i]!) ** 2, error ** 2);
    squares.add(2 * row + 1, y ** 2, terms[i]! ** 2);
  });
  return squares;
}
