import type { Parts } from './parts.ts';

/** The row of y that row `b` of f meets in column `j`. */
export function rowOf({ first, second, groups }: Parts): (b: number, j: number) => number {
  return (b, j) => (b < first ? groups.findIndex((end) => j < end) * first + b : second + b - first);
}
