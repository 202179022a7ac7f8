import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { Records } from '@monosema/trainer/records';

/** Share of what a site may weigh that the records themselves may take: pages are what it is for. */
const SHARE = 0.25;

/** Where the records of a dictionary's features lie, in a folder of records and in a site alike. */
export const recordsFile = (dictionary: string): string => `${dictionary}/features.parquet`;

/**
 * Bytes of the records of each dictionary, which a site hands out beside the pages that are made of them; null where
 * they are too many for that.
 *
 * @param maxBytes what the site may weigh
 */
export function recordsSizes(records: Records, maxBytes: number): ReadonlyMap<string, number> | null {
  const sizes = new Map(
    records.study().dictionaries.map((id) => [id, statSync(join(records.root, recordsFile(id))).size]),
  );
  const all = [...sizes.values()].reduce((sum, size) => sum + size, 0);
  return all <= SHARE * maxBytes ? sizes : null;
}
