import { createHash } from 'node:crypto';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A hash that changes when files do: of their names, sizes and modification times. Contents are not read, so asking
 * costs milliseconds for files of any size; a file touched without a change counts as changed.
 *
 * @param path a file, or a folder of which the files that `pattern` matches count; nothing there is a hash too
 */
export function fingerprint(path: string, pattern: RegExp): string {
  const hash = createHash('sha256');
  const stats = statSync(path, { throwIfNoEntry: false });
  const files = stats?.isDirectory()
    ? readdirSync(path)
        .filter((name) => pattern.test(name))
        .toSorted()
        .map((name) => [name, statSync(join(path, name))] as const)
    : stats === undefined
      ? []
      : [['', stats] as const];
  for (const [name, { size, mtimeMs }] of files) hash.update(`${JSON.stringify([name, size, mtimeMs])}\n`);
  return hash.digest('hex');
}
