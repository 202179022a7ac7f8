import { columnSumRoundings } from '../column-sum/column-sum.reference.ts';
import { Sums, type OpReference } from '../../testing/reference.ts';

/** y (N,D) = n · gain + bias with n = (x - mean) / sqrt(variance + ε), row by row, with the biased variance. */
export function layernormReference(
  rows: number,
  width: number,
  epsilon: number,
): OpReference<'x' | 'gain' | 'bias'> {
  // Sums over a row on at least four lanes, and about a dozen operations around them; an inverse square root is 2.
  const c = Math.ceil(width / 4) + 16;
  return {
    roundings: { output: c, x: c, gain: c + columnSumRoundings(rows), bias: columnSumRoundings(rows) },
    forward({ x, gain, bias }) {
      const y = new Sums(rows * width);
      for (let row = 0; row < rows; row++) {
        const { normal, normalTerms } = normalise(x.subarray(row * width, (row + 1) * width), epsilon);
        for (let d = 0; d < width; d++) {
          y.add(row * width + d, normal[d]! * gain[d]!, normalTerms[d]! * Math.abs(gain[d]!));
          y.add(row * width + d, bias[d]!);
        }
      }
      return y;
    },
    backward({ x, gain }, cotangent) {
      const dx = new Sums(rows * width);
      const dGain = new Sums(width);
      const dBias = new Sums(width);
      for (let row = 0; row < rows; row++) {
        const { normal, normalTerms, rstd, rstdTerms } = normalise(
          x.subarray(row * width, (row + 1) * width),
          epsilon,
        );
        const dy = cotangent.subarray(row * width, (row + 1) * width);
        const g = dy.map((value, d) => value * gain[d]!);
        const absolute = g.map(Math.abs);
        const meanG = average(g);
        const meanGTerms = average(absolute);
        const meanGN = average(g.map((value, d) => value * normal[d]!));
        const meanGNTerms = average(absolute.map((value, d) => value * normalTerms[d]!));
        for (let d = 0; d < width; d++) {
          const at = row * width + d;
          dx.add(at, rstd * g[d]!, rstdTerms * absolute[d]!);
          dx.add(at, -rstd * meanG, rstdTerms * meanGTerms);
          dx.add(at, -rstd * normal[d]! * meanGN, rstdTerms * normalTerms[d]! * meanGNTerms);
          dGain.add(d, dy[d]! * normal[d]!, Math.abs(dy[d]!) * normalTerms[d]!);
          dBias.add(d, dy[d]!);
        }
      }
      return { x: dx, gain: dGain, bias: dBias };
    },
  };
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * One row. What float32 loses in x - mean grows with |x| + mean |x|; relative to the variance, the same losses are
 * an error of rstd, and of everything multiplied by it.
 */
function normalise(x: Float64Array, epsilon: number) {
  const mean = average(x);
  const rstd = 1 / Math.sqrt(average(x.map((value) => (value - mean) ** 2)) + epsilon);
  const meanSize = average(x.map(Math.abs));
  const sizes = x.map((value) => Math.abs(value) + meanSize);
  const loss = rstd * rstd * average(x.map((value, d) => Math.abs(value - mean) * sizes[d]!));
  const normal = x.map((value) => (value - mean) * rstd);
  return {
    rstd,
    rstdTerms: rstd * (1 + loss),
    normal,
    normalTerms: normal.map((value, d) => sizes[d]! * rstd + Math.abs(value) * (1 + loss)),
  };
}
