import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { maskOfRows, type ActiveMask } from '../active-mask/active-mask.ts';
import { whereMarked } from '../where-marked/where-marked.ts';
import { markChosen } from './select-rows.ts';

/**
 * y (B,F): the k largest positive entries of each row of x, zeros elsewhere; ties go to the lowest index.
 */
export function topK(p: ProgramBuilder, x: Value, k: number): Value {
  return whereMarked(p, x, markChosen(p, x, { k, among: null }));
}

/**
 * Marks the k largest positive entries of each row of x (B,F); ties go to the lowest index. For ops that visit marked
 * entries alone, x then is the code: no other (B,F) is written.
 */
export function topKMask(p: ProgramBuilder, x: Value, k: number): ActiveMask {
  return maskOfRows(p, markChosen(p, x, { k, among: null }), x.shape[1]!);
}
