import { mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { RunFolderError } from './run-folder-error.ts';

/**
 * Makes a folder and those above it, unless they are there.
 *
 * Node's own recursive mkdir tries for ever below a folder, as /proc, that takes none and says that it is not there.
 *
 * @throws {RunFolderError} in such a place
 */
export function makeFolder(path: string): void {
  const missing: string[] = [];
  let at = resolve(path);
  for (; statSync(at, { throwIfNoEntry: false }) === undefined; at = dirname(at)) missing.push(at);
  // What is there may be a file, which this refuses in the system's words.
  mkdirSync(at, { recursive: true });
  for (const folder of missing.toReversed()) {
    try {
      mkdirSync(folder);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'ENOENT')
        throw new RunFolderError(
          `${path}: expected a place where folders can be made, got ${dirname(folder)}, which takes none; choose another folder`,
        );
      // Another process may have made it in this moment.
      if (code !== 'EEXIST' || statSync(folder, { throwIfNoEntry: false })?.isDirectory() !== true)
        throw error;
    }
  }
}
