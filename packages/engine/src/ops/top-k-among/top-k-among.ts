import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { markChosen } from '../top-k/select-rows.ts';
import { whereMarked } from '../where-marked/where-marked.ts';

/**
 * y (B,F): in each row the k largest entries of x, of whatever sign, among the columns that have been idle for at least
 * so many rows (see countIdle); zeros elsewhere. Ties go to the lowest index. An entry of exactly 0 cannot be told from
 * one that is left out.
 *
 * @param idle (F) u32
 * @param into where y is written; a temporary of its own otherwise
 */
export function topKAmong(
  p: ProgramBuilder,
  x: Value,
  idle: Value,
  atLeast: number,
  k: number,
  into: Value | null = null,
): Value {
  return whereMarked(p, x, markChosen(p, x, { k, among: { idle, atLeast } }), into);
}
