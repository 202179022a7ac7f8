import { z } from 'zod';
import { ConfigError } from './config-error.ts';
import { fitToContext } from './fit-to-context.ts';
import { keyPaths, keysAt, nearestPath, writePath } from './key-paths.ts';
import { studySchema, type Study } from './schema.ts';

/**
 * Checks a study and fills in its defaults.
 *
 * @throws {ConfigError} with one line a fault: what was expected, what came, and for an unknown key the
 * nearest valid one
 */
export function checkStudy(value: unknown): Study {
  const result = studySchema.safeParse(value);
  if (result.success) return fitToContext(result.data);
  const { issues } = result.error;
  // A value that is wrong by itself breaks rules between keys too; those are no news.
  const own = issues.filter(({ code }) => code !== 'custom');
  const told = own.length > 0 ? own : issues;
  throw new ConfigError(told.flatMap((issue) => sentences(issue, value)).join('\n'));
}

function sentences(issue: z.core.$ZodIssue, study: unknown): string[] {
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => unknownKey([...issue.path, key]));
  const path = writePath(issue.path);
  if (issue.code === 'custom') return [`config: ${path}: ${issue.message}`];
  const got = issue.path.reduce<unknown>(
    (value, key) => (value as Record<PropertyKey, unknown> | undefined)?.[key],
    study,
  );
  return [`config: ${path || 'study'}: ${expectation(issue)}, got ${show(got)}`];
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  // JSON has no Infinity.
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

function unknownKey(path: readonly PropertyKey[]): string {
  const parent = path.slice(0, -1);
  const where = parent.length === 0 ? 'the study' : writePath(parent);
  return (
    `config: expected a key of ${where} (${keysAt(studySchema, parent).join(', ')}), got "${writePath(path)}"; ` +
    `did you mean "${nearestPath(path, keyPaths(studySchema))}"?`
  );
}

function expectation(issue: z.core.$ZodIssue): string {
  switch (issue.code) {
    case 'too_small':
      return `expected ${things(issue.origin)}${issue.inclusive === true ? 'at least' : 'more than'} ${issue.minimum}`;
    case 'too_big':
      return `expected ${things(issue.origin)}${issue.inclusive === true ? 'at most' : 'less than'} ${issue.maximum}`;
    case 'invalid_type':
      return `expected ${TYPES[issue.expected] ?? issue.expected}`;
    case 'invalid_value':
      return `expected ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`;
    default:
      return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
  }
}

const TYPES: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  string: 'a text',
  array: 'a list',
  object: 'an object',
};

function things(origin: string): string {
  if (origin === 'array') return 'a list of ';
  return origin === 'string' ? 'a text of ' : '';
}
