import { Scalar, type Value } from './value.ts';

/**
 * What the mathematics of a dispatch needs, whatever its kernel does besides: floating-point operations (a fused
 * multiply-add is two; a sum of n terms is n; a square root, exponential or logarithm is one; comparisons, choices
 * and integers are none), and bytes of memory with each operand touched once, read or written. Scalars and sizes,
 * a few bytes a dispatch, are left out.
 */
export interface Work {
  readonly flops: number;
  readonly bytes: number;
}

/** Work that depends on how many entries there are, which is known only when the program runs. */
export interface WorkByEntries {
  readonly entries: Scalar | MarkedEntries;
  readonly of: (entries: number) => Work;
}

/** Entries that a mask marks, each by a bit of its u32 words; the mask is bound by the dispatch that says so. */
export interface MarkedEntries {
  readonly mask: Value;
  /** The first word that counts. */
  readonly from: number;
}

/** What a dispatch costs; null where it depends on data that nothing counts, which a profile then leaves open. */
export type Cost = Work | WorkByEntries | null;

/** The mask that a cost counts, if any. */
export function markedEntries(cost: Cost): MarkedEntries | null {
  return cost !== null && 'entries' in cost && !(cost.entries instanceof Scalar) ? cost.entries : null;
}

/** Bytes of f32 or u32 elements. */
export function bytesOf(...elements: readonly number[]): number {
  return 4 * elements.reduce((sum, count) => sum + count, 0);
}
