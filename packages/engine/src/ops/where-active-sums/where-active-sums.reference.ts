import type { Reference } from '../../testing/reference.ts';
import { maskedColumnSumReference } from '../masked-column-sum/masked-column-sum.reference.ts';
import { whereActiveReference } from '../where-active/where-active.reference.ts';

/** h = x + offset where f (B,F) is positive, and over those rows Σ f, Σ h, Σ f·h and their number, (F) each. */
export function whereActiveSumsReference(
  x: Float64Array,
  f: Float64Array,
  features: number,
  offset: number,
): Record<'h' | 'sumF' | 'sumH' | 'sumFH' | 'count', Reference> {
  const h = whereActiveReference(x, f, offset);
  const sums = maskedColumnSumReference(f, h.values, f, features);
  // What is summed of h was rounded on the way, by what went into it.
  const terms = maskedColumnSumReference(f, h.terms, f, features);
  return {
    h,
    sumF: sums.sumF,
    sumH: { values: sums.sumH.values, terms: terms.sumH.terms },
    sumFH: { values: sums.sumFH.values, terms: terms.sumFH.terms },
    count: sums.count,
  };
}
