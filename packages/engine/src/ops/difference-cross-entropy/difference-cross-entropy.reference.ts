import { Sums } from '../../testing/reference.ts';

/** The tensors of DifferenceInputs, row-major. */
export interface DifferenceArrays {
  readonly rows: Float64Array;
  readonly directions: Float64Array;
  readonly rowLogits: Float64Array;
  readonly directionLogits: Float64Array;
  readonly bias: Float64Array;
}

export interface DifferenceItem {
  readonly row: number;
  readonly target: number;
  readonly direction: number;
  readonly amount: number;
}

/** Roundings of one loss: a norm over D and a sum over V on at least four lanes, and what is around them. */
export function differenceCrossEntropyRoundings(width: number, vocabulary: number): number {
  return Math.ceil(width / 4) + Math.ceil(vocabulary / 4) + 32;
}

/** loss = log Σ_v exp l_v - l_target with l = ρ·(s - a·w) + b and ρ = 1/sqrt(var(r - a·u) + ε), item by item. */
export function differenceCrossEntropyReference(
  { rows, directions, rowLogits, directionLogits, bias }: DifferenceArrays,
  items: readonly DifferenceItem[],
  width: number,
  epsilon: number,
): Sums {
  const losses = new Sums(items.length);
  const vocabulary = bias.length;
  const rowOf = (matrix: Float64Array, row: number, columns: number) =>
    matrix.subarray(row * columns, (row + 1) * columns);
  items.forEach(({ row, target, direction, amount }, i) => {
    const r = rowOf(rows, row, width);
    const u = rowOf(directions, direction, width);
    const mean = average(r);
    const x = r.map((value, d) => value - mean - amount * u[d]!);
    const rho = 1 / Math.sqrt(average(x.map((value) => value * value)) + epsilon);
    // What float32 loses in x, relative to the variance, is an error of ρ: as in layernorm.
    const meanSize = average(r.map(Math.abs));
    const sizes = r.map((value, d) => Math.abs(value) + meanSize + Math.abs(amount * u[d]!));
    const loss = 1 + rho * rho * average(x.map((value, d) => Math.abs(value) * sizes[d]!));
    const s = rowOf(rowLogits, row, vocabulary);
    const w = rowOf(directionLogits, direction, vocabulary);
    const logits = s.map((value, v) => rho * (value - amount * w[v]!) + bias[v]!);
    const terms = s.map(
      (value, v) => rho * loss * (Math.abs(value) + Math.abs(amount * w[v]!)) + Math.abs(bias[v]!),
    );
    const top = Math.max(...logits);
    const total = top + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
    // An error of an exponent is a relative one of its term, and of the sum, which the logarithm makes absolute.
    const relative = logits.reduce(
      (sum, logit, v) => sum + Math.exp(logit - total) * (1 + top - logit + terms[v]!),
      0,
    );
    losses.add(i, total, Math.abs(top) + (total - top) + 1 + relative);
    losses.add(i, -logits[target]!, terms[target]!);
  });
  return losses;
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
