import { createHash } from 'node:crypto';
import { statSync } from 'node:fs';
import { corpusFiles } from './corpus-files.ts';

/**
 * A hash that changes when a corpus does: of the names, sizes and modification times of its files.
 *
 * Contents are not read, so that asking costs milliseconds for a corpus of any size. A file touched without a
 * change therefore counts as changed; the tokens made of it are the same again, so nothing after them is redone.
 *
 * @throws {CorpusError} if there is nothing usable at the path
 */
export function corpusFingerprint(path: string): string {
  const hash = createHash('sha256');
  for (const file of corpusFiles(path))
    hash.update(`${JSON.stringify([file.name, file.bytes, statSync(file.path).mtimeMs])}\n`);
  return hash.digest('hex');
}
