import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeFolder } from './make-folder.ts';

/** Ends the names of files that are being written; such a file found later was left by a crash. */
export const TEMPORARY = /\.(tmp|partial)$/;

/**
 * Writes a file whole or not at all: under a temporary name beside it, flushed to the disk, then renamed.
 *
 * Folders above it are made. What was at the path stays until the new file is complete.
 */
export function writeFileAtomically(path: string, data: string | Uint8Array): void {
  makeFolder(dirname(path));
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = openSync(temporary, 'w');
    try {
      writeFileSync(file, data);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** Writes a value as indented JSON, whole or not at all. */
export function writeJsonAtomically(path: string, value: unknown): void {
  writeFileAtomically(path, `${JSON.stringify(value, null, 2)}\n`);
}
