import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { maskOfRows, type ActiveMask } from '../active-mask/active-mask.ts';
import { markChosen } from '../top-k/select-rows.ts';

/**
 * Marks in each row of x (B,F) the k largest entries, of whatever sign, among the columns that have been idle for at least
 * so many rows (see countIdle). Ties go to the lowest index.
 *
 * @param idle (F) u32
 */
export function topKAmong(p: ProgramBuilder, x: Value, idle: Value, atLeast: number, k: number): ActiveMask {
  return maskOfRows(p, markChosen(p, x, { k, among: { idle, atLeast } }), x.shape[1]!);
}
