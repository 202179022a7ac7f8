import type {
  DifferenceArrays,
  DifferenceItem,
} from '../difference-cross-entropy/difference-cross-entropy.reference.ts';
import { Sums } from '../../testing/reference.ts';
import { EXTREMES, NO_TOKEN } from './difference-extremes.ts';

/** Roundings of a change: three sums over D on at least four lanes, the last of them relative to the others, and what is around them. */
export function differenceExtremesRoundings(width: number): number {
  return Math.ceil(width / 4) + 32;
}

/** What differenceExtremes gives, item by item: the changes of logits in full, the target's, and both ends sorted. */
export function differenceExtremesReference(
  { rows, directions, rowLogits, directionLogits }: Omit<DifferenceArrays, 'bias'>,
  items: readonly DifferenceItem[],
  width: number,
  epsilon: number,
): { readonly changes: Sums; readonly tokens: number[] } {
  const changes = new Sums(items.length * (1 + 2 * EXTREMES));
  const tokens: number[] = [];
  const vocabulary = (rowLogits.length * width) / rows.length;
  const rowOf = (matrix: Float64Array, row: number, columns: number) =>
    matrix.subarray(row * columns, (row + 1) * columns);
  items.forEach(({ row, target, direction, amount }, i) => {
    const r = rowOf(rows, row, width);
    const u = rowOf(directions, direction, width);
    const mean = average(r);
    const before = r.map((value) => value - mean);
    const after = before.map((value, d) => value - amount * u[d]!);
    const scale = (x: Float64Array) => 1 / Math.sqrt(average(x.map((value) => value * value)) + epsilon);
    const [rho, scaled] = [scale(before), scale(after)];
    // What float32 loses in x, relative to the variances, is an error of ρ and ρ', and so of their difference.
    const meanSize = average(r.map(Math.abs));
    const sizes = r.map((value, d) => Math.abs(value) + meanSize + Math.abs(amount * u[d]!));
    const loss = 1 + Math.max(rho, scaled) ** 2 * average(sizes.map((size) => size * size));
    const growth = average(u.map((value, d) => Math.abs(amount * value) * 2 * sizes[d]!));
    const stretch = Math.abs(scaled - rho) * loss + (growth * (rho * scaled) ** 2) / (rho + scaled);
    const s = rowOf(rowLogits, row, vocabulary);
    const w = rowOf(directionLogits, direction, vocabulary);
    const values = Array.from(s, (value, v) => scaled * (value - amount * w[v]!) - rho * value);
    const terms = Array.from(
      s,
      (value, v) => stretch * Math.abs(value) + scaled * loss * Math.abs(amount * w[v]!),
    );
    const place = i * (1 + 2 * EXTREMES);
    changes.add(place, values[target]!, terms[target]!);
    // The k-th largest of numbers moves by no more than the number that moves most.
    const most = Math.max(...terms);
    const rising = values.map((_, v) => v).toSorted((a, b) => values[b]! - values[a]! || a - b);
    const falling = values.map((_, v) => v).toSorted((a, b) => values[a]! - values[b]! || a - b);
    [rising, falling].forEach((order, end) => {
      for (let k = 0; k < EXTREMES; k++) {
        const token = order[k];
        tokens.push(token ?? NO_TOKEN);
        changes.add(place + 1 + end * EXTREMES + k, token === undefined ? 0 : values[token]!, most);
      }
    });
  });
  return { changes, tokens };
}

function average(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
