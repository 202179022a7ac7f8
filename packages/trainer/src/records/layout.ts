import { join } from 'node:path';
import { RecordsError } from './records-error.ts';

const DICTIONARY_ID = /^[A-Za-z0-9]+\/[A-Za-z0-9-]+$/;

/** Paths of a records folder, all in one place. Ids come from files, so they are checked before they become paths. */
export const layout = {
  study: (root: string) => join(root, 'study.json'),
  vocabulary: (root: string) => join(root, 'vocabulary.json'),
  dictionary: (root: string, id: string) => join(root, folderOf(id), 'dictionary.json'),
  features: (root: string, id: string) => join(root, folderOf(id), 'features.parquet'),
};

function folderOf(id: string): string {
  if (!DICTIONARY_ID.test(id)) {
    throw new RecordsError(
      `records: expected a dictionary id such as "A/1" or "A/neurons", got ${JSON.stringify(id)}; rename the dictionary`,
    );
  }
  return id;
}
