import { ShapeError } from '../../errors.ts';

/**
 * Which row of y each row of f meets, where f is a stack of two parts or its columns come in groups: row r of the first
 * part meets row first · g + r in group g, and the rows of the second part meet those from `second` on.
 */
export interface Parts {
  /** Rows of f in the first part. */
  readonly first: number;
  /** Row of y that the second part begins with. */
  readonly second: number;
  /** Where the groups of columns end, ascending; the last end is F. */
  readonly groups: readonly number[];
  /** Whether f is the first part alone, and the second has the same rows, though the mask marks other entries of them. */
  readonly again?: boolean;
}

/** What of the operands a dispatch binds, where they are cut into blocks of rows; 0 where a kernel has no use for it. */
export interface Bound {
  /** Rows of f: the first, and how many. */
  readonly firstRow?: number;
  readonly rows?: number;
  /** Words of the mask, or of its summary, that lie in what is bound: the first, and the end. */
  readonly from?: number;
  readonly end?: number;
  /** Rows of w, or of g: the first, and how many. */
  readonly firstFeature?: number;
  readonly features?: number;
}

/** WebGPU's guaranteed uniform offsets leave a kernel 64 words, of which the first eight say other things. */
const MAX_GROUPS = 56;

/**
 * The words of a kernel's `parts` uniform: (first, second, firstRow, rows), (from, end, firstFeature, features), and
 * then where each group ends.
 *
 * @throws {ShapeError} if the groups do not end with the columns
 */
export function partsWords(
  { first, second, groups }: Parts,
  columns: number,
  { firstRow = 0, rows = 0, from = 0, end = 0, firstFeature = 0, features = 0 }: Bound = {},
): Uint32Array {
  const ascending = groups.every((end, i) => end > (groups[i - 1] ?? 0));
  if (!ascending || groups.at(-1) !== columns || groups.length > MAX_GROUPS) {
    throw new ShapeError(
      `expected at most ${MAX_GROUPS} groups that end one after another, the last at ${columns}, got ends at ${groups.join(', ')}`,
    );
  }
  return Uint32Array.of(first, second, firstRow, rows, from, end, firstFeature, features, ...groups);
}
