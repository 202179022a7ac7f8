import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import type { z } from 'zod';
import { RecordsError, checked } from './records-error.ts';
import { RECORDS_VERSION } from './schema.ts';

/** Writes a value as JSON under a temporary name, flushes it, and renames it. */
export function writeJson(path: string, value: unknown): void {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.partial`;
  const descriptor = openSync(temporary, 'w');
  writeFileSync(descriptor, `${JSON.stringify(value, null, 1)}\n`);
  fsyncSync(descriptor);
  closeSync(descriptor);
  renameSync(temporary, path);
}

/**
 * Reads a JSON file of the records and checks it against its schema.
 *
 * @throws {RecordsError} when it is missing, is not JSON, is of another records version, or does not fit
 */
export function readJson<T>(schema: z.ZodType<T>, path: string): T {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    throw new RecordsError(
      `${path}: expected a file of feature records, found none; run the study first (monosema run)`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new RecordsError(`${path}: expected JSON, got something else; write the records again`);
  }
  checkVersion((value as { version?: unknown } | null)?.version, path);
  return checked(schema, value, path);
}

/** @throws {RecordsError} when a file's records version is not the one this code reads */
export function checkVersion(version: unknown, path: string): void {
  if (version === RECORDS_VERSION) return;
  const got = version === undefined ? 'none' : JSON.stringify(version);
  throw new RecordsError(
    `${path}: expected records version ${RECORDS_VERSION}, got ${got}; write the records again with this version of monosema`,
  );
}
