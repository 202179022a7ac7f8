import type { StudyDictionary } from '../config/schema.ts';

/** Active features a vector below which a dictionary does next to nothing. */
const LEAST_L0 = 0.5;

/**
 * What to say of a dictionary that ended more than a tenth off the L0 that it was to reach, or near none where it was
 * given what an active feature costs; null where nothing is to be said.
 *
 * @param l0 what it ended with
 */
export function faultOfL0(
  { id, targetL0: target, l1Coefficient, l0Coefficient }: StudyDictionary,
  l0: number,
): string | null {
  if (target !== undefined)
    return Math.abs(l0 / target - 1) <= 0.1
      ? null
      : `${id}: expected an L0 of ${target}, got ${l0.toFixed(1)} at the end; train on more vectors, or raise dictionaries.learningRate`;
  const coefficient = l1Coefficient ?? l0Coefficient;
  if (coefficient === undefined || l0 >= LEAST_L0) return null;
  const key = l1Coefficient === undefined ? 'l0Coefficient' : 'l1Coefficient';
  return `${id}: expected features that are active, got an L0 of ${l0.toFixed(1)} at the end; lower its ${key} from ${coefficient}, give it a targetL0 instead, or look whether the model has learned anything`;
}
