import { readFileSync } from 'node:fs';

/**
 * Reads a file that somebody else may have written and that must hold one JSON object.
 *
 * @param fail throws in the caller's own way; told what came, as `no such file` or `text that is not JSON`
 */
export function readJsonObject(path: string, fail: (got: string) => never): Record<string, unknown> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return fail('no such file');
    if (code === 'EISDIR') return fail('a folder');
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return fail('text that is not JSON');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  return fail(Array.isArray(value) ? 'a list' : String(JSON.stringify(value)).slice(0, 60));
}
