import { z } from 'zod';
import { ReportError, nearest } from './report-error.ts';

const schema = z.strictObject({
  /** Folder of feature records, as the analysis writes it; relative to the root of the site. */
  records: z.string().min(1),
  /** Name of the site: the head of the home page, and part of every page's title. */
  title: z.string().min(1),
  /** One sentence for search engines and link previews. Default: made from the title. */
  description: z.string().min(1).optional(),
  /** Markdown file with the words that open the home page; relative to the root of the site. Default: none. */
  intro: z.string().min(1).optional(),
  /**
   * Bytes that the site may weigh. Where whole pages of all features would be more, the features that findings name
   * and those that are active most have them, and the others have short ones. Default: 900 MB; GitHub Pages takes 1 GB.
   */
  maxBytes: z.int().positive().optional(),
  /** Who is to be named where the site is cited; without it the site has no CITATION.cff. Default: nobody. */
  authors: z.array(z.string().min(1)).min(1).optional(),
  /** Files that the rating page exported, charted on the page of claims; relative to the root of the site. Default: none. */
  ratings: z.array(z.string().min(1)).optional(),
  /**
   * Dictionaries of the playground, whose weights are then published with the pages; false for no playground.
   * Default: all that the records hand out and that take a quarter of the site at most.
   */
  playground: z
    .union([z.literal(false), z.strictObject({ dictionaries: z.array(z.string().min(1)).min(1) })])
    .optional(),
});

/** Options that are lists, with what they list. */
const lists = [
  ['ratings', 'files that the rating page exported'],
  ['authors', 'names'],
] as const;

/** Options of the integration; each is described where it is declared. */
export type ReportOptions = z.input<typeof schema>;

/**
 * Checks the options of the integration.
 *
 * @throws {ReportError} naming the first key that is wrong, and the nearest valid one when it is unknown
 */
export function checkOptions(options: unknown): ReportOptions {
  const result = schema.safeParse(options);
  if (result.success) return result.data;
  const keys = Object.keys(schema.shape);
  // A misspelt key is also a missing one; the misspelling is what to say.
  const misspelt = result.error.issues.find((each) => each.code === 'unrecognized_keys');
  if (misspelt) {
    const unknown = misspelt.keys[0] ?? '';
    const meant = nearest(unknown, keys);
    throw new ReportError(
      `monosemaReport: expected one of the options ${keys.join(', ')}, got "${unknown}"; ${meant ? `did you mean "${meant}"?` : 'remove it'}`,
    );
  }
  const [issue] = result.error.issues;
  const key = issue?.path.join('.') ?? '';
  const got = describe((options as Record<string, unknown> | undefined)?.[key]);
  const list = lists.find(([name]) => key.startsWith(name));
  if (list) {
    throw new ReportError(
      `monosemaReport: expected the option "${list[0]}" to be a list of ${list[1]}, got ${got}; set it in astro.config.mjs`,
    );
  }
  if (key.startsWith('playground'))
    throw new ReportError(
      `monosemaReport: expected the option "playground" to be false or { dictionaries: ['A/1'] }, got ${JSON.stringify((options as Record<string, unknown>)['playground'])}; set it in astro.config.mjs, or leave it out`,
    );
  throw new ReportError(
    key === 'maxBytes'
      ? `monosemaReport: expected the option "maxBytes" to be a whole number of bytes above 0, got ${got}; set it in astro.config.mjs, or leave it out`
      : key
        ? `monosemaReport: expected the option "${key}" to be a text that is not empty, got ${got}; set it in astro.config.mjs`
        : `monosemaReport: expected an object of options, got ${describe(options)}; give at least records and title`,
  );
}

function describe(value: unknown): string {
  return value === undefined ? 'nothing' : value === '' ? 'an empty one' : typeof value;
}
