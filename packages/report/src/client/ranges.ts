import type { Columns } from './columns.ts';

/** Numbers of a feature that a list can be narrowed by, as readers know them. */
export const ranges = {
  density: 'density, %',
  max: 'largest activation',
  mean: 'mean activation',
  score: 'explanation score',
  children: 'children',
};
export type RangeName = keyof typeof ranges;
export const rangeNames = Object.keys(ranges) as RangeName[];

/** The two sides of a range, as an address has it and as they were typed: 0.1..2. */
export const edgesOf = (range: string): string[] => range.split('..');

/** A test of features: both sides are within the range, and one that is missing or no number is open. */
export function within(columns: Columns, name: RangeName, range: string): (index: number) => boolean {
  // Columns have single precision: what a reader types as 0.62 is that number there.
  const [from = NaN, to = NaN] = edgesOf(range).map((edge) => Math.fround(parseFloat(edge)));
  return (index) => {
    const value = Math.fround(
      name === 'density'
        ? (100 * columns.active[index]!) / columns.evaluationTokens
        : (columns[name]?.[index] ?? NaN),
    );
    // What has no such number lies in no range.
    return Number.isFinite(value) && !(value < from || value > to);
  };
}
