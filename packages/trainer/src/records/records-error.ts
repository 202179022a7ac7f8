import { z } from 'zod';

/** A records folder that does not say what the schema says; the message is one sentence for the user. */
export class RecordsError extends Error {
  override name = 'RecordsError';
}

/**
 * Checks a value against a schema of the records and returns it.
 *
 * @param where the file, and the feature within it, as `records/A/1/features.parquet: feature 12`
 * @throws {RecordsError} naming the file, the first field that differs, and what was expected of it
 */
export function checked<T>(schema: z.ZodType<T>, value: unknown, where: string): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  const field = issue?.path.map(String).join('.') || 'record';
  const said = (issue?.message ?? 'expected another value').replace(/^Invalid input: /, '');
  const sentence = said.charAt(0).toLowerCase() + said.slice(1);
  throw new RecordsError(
    `${where}, field ${field}: ${sentence}; write the records again with this version of monosema`,
  );
}
