import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { z } from 'zod';
import { RUBRIC, complete, total } from './rubric.ts';
import { ReportError } from '../report-error.ts';
import type { RatingSet } from './rating-set.ts';

const score = (key: string) =>
  z
    .int()
    .min(0)
    .max(RUBRIC.find((question) => question.key === key)?.most ?? 0);

/** What the rating page exports when all is rated. */
const ratingFile = z.strictObject({
  kind: z.literal('monosema-ratings'),
  version: z.literal(1),
  set: z.string(),
  finished: z.boolean(),
  ratings: z.array(
    z.strictObject({
      item: z.string(),
      meaning: z.string(),
      scores: z.strictObject({
        confidence: score('confidence'),
        activations: score('activations'),
        logits: score('logits'),
        separation: score('separation'),
        specificity: score('specificity'),
      }),
      /** Where the item is from; told at the end only. */
      dictionary: z.string().optional(),
      feature: z.int().optional(),
      level: z.int().optional(),
    }),
  ),
});

/** One rated interval. */
export interface Rating {
  dictionary: string;
  feature: number;
  level: number;
  total: number;
  meaning: string;
}

/** All that one rater has rated. */
export interface RaterResult {
  /** Name of the file, without its ending. */
  rater: string;
  ratings: readonly Rating[];
}

/**
 * Reads a file of ratings that the rating page of this site exported.
 *
 * @throws {ReportError} when it is no such file, was exported before the end, or is of other records than these
 */
export function readRatings(path: string, set: RatingSet | undefined): RaterResult {
  const name = basename(path);
  const wrong = (expected: string, got: string, action: string): never => {
    throw new ReportError(`${name}: expected ${expected}, got ${got}; ${action}`);
  };
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no file' : 'no JSON';
    return wrong('ratings exported by the rating page', reason, 'check the option "ratings"');
  }
  const parsed = ratingFile.safeParse(content);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    return wrong(
      'ratings exported by the rating page',
      `something else at ${issue?.path.join('.') || 'its beginning'} (${issue?.message})`,
      'export them again',
    );
  }
  const { finished, ratings } = parsed.data;
  if (set === undefined || parsed.data.set !== set.hash) {
    return wrong(
      `ratings of the intervals that these records give (${set?.hash ?? 'none'})`,
      `those of ${parsed.data.set}`,
      'rate again, or take the file out of the option "ratings"',
    );
  }
  if (!finished) {
    return wrong(
      `all ${set.items.length} intervals rated`,
      `${ratings.length}`,
      'go on rating, and export at the end',
    );
  }
  const byId = new Map(set.items.map((item) => [item.id, item]));
  return {
    rater: name.replace(/\.json$/, ''),
    ratings: ratings.map(({ item: id, meaning, scores }) => {
      const item = byId.get(id);
      const whole = complete(scores);
      if (!item || !whole) return wrong('an item of this set', id, 'export the ratings again');
      const { dictionary, feature, level } = item;
      return { dictionary, feature, level, total: total(whole), meaning };
    }),
  };
}
