import { Sums, type OpReference } from '../../testing/reference.ts';

/**
 * y_j = exp(x_j) / Σ exp(x_i) over what each row of x (N,D) sees: of matrices of `height` rows the last sees all, each
 * before it one element less; with a height of 1 all rows see all.
 */
export function softmaxReference(rows: number, width: number, height: number): OpReference<'x'> {
  const row = (x: Float64Array, n: number): Float64Array =>
    x.subarray(n * width, n * width + width - (height - 1 - (n % height)));
  // The sum takes at most D steps, each with an exponential of 3 + 2|x| units in the last place, whose 2|x| is in the
  // terms; backward sums once more.
  return {
    roundings: { output: width + 16, x: 2 * width + 32 },
    forward({ x }) {
      const y = new Sums(rows * width);
      for (let n = 0; n < rows; n++)
        probabilities(row(x, n)).forEach(({ p, terms }, j) => y.add(n * width + j, p, terms));
      return y;
    },
    backward({ x }, cotangent) {
      const d = new Sums(rows * width);
      for (let n = 0; n < rows; n++) {
        const all = probabilities(row(x, n));
        const dy = cotangent.subarray(n * width, (n + 1) * width);
        let [mean, meanTerms] = [0, 0];
        all.forEach(({ p, terms }, j) => {
          mean += p * dy[j]!;
          meanTerms += terms * Math.abs(dy[j]!);
        });
        all.forEach(({ p, terms }, j) =>
          d.add(n * width + j, p * (dy[j]! - mean), terms * (Math.abs(dy[j]!) + meanTerms)),
        );
      }
      return { x: d };
    },
  };
}

/** An error of an exponent is a relative one of its exponential, and the sum's is a mean over those. */
function probabilities(x: Float64Array): { readonly p: number; readonly terms: number }[] {
  const top = Math.max(...x);
  const exponentials = x.map((value) => Math.exp(value - top));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  const sizes = x.map((value) => 2 * Math.abs(value - top));
  const ofSum = exponentials.reduce((sum, value, j) => sum + (value / total) * sizes[j]!, 0);
  return Array.from(exponentials, (value, j) => ({
    p: value / total,
    terms: (value / total) * (1 + sizes[j]! + ofSum),
  }));
}
