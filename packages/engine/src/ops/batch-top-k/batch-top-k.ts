import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import { bindDimensions, checkCount } from '../../tensor/shape.ts';
import type { ActiveMask } from '../active-mask/active-mask.ts';
import { BatchThreshold } from '../batch-threshold/batch-threshold.ts';

/**
 * Marks the k·B largest positive entries of the whole of x (B,F); ties go to the lowest index in row-major order. For ops
 * that visit marked entries alone, x then is the code.
 *
 * @returns the mask, and threshold as BatchThreshold has it
 * @throws {ShapeError} if k is no whole number above 0
 */
export function batchTopK(
  p: ProgramBuilder,
  x: Value,
  k: number,
): { readonly mask: ActiveMask; readonly threshold: Value } {
  const { B } = bindDimensions('batchTopK', { x: ['B', 'F'] }, { x });
  checkCount('batchTopK', 'k', k);
  const search = new BatchThreshold(p, k, B);
  search.add(x);
  return { mask: search.selection()(x), threshold: search.threshold };
}
