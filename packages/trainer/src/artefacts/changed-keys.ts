/** Keys that are named; of a configuration that is all new the rest would hide the sentence. */
const NAMED = 3;

/**
 * Where two JSON values differ, as paths of keys: `transformer.layers, list.0.k and 2 more`; empty where they do not.
 */
export function changedKeys(before: unknown, after: unknown): string {
  const paths = [...differences(before, after, '')];
  if (paths.length <= NAMED + 1) return paths.join(', ');
  return `${paths.slice(0, NAMED).join(', ')} and ${paths.length - NAMED} more`;
}

function* differences(before: unknown, after: unknown, path: string): Generator<string> {
  if (isObject(before) && isObject(after) && Array.isArray(before) === Array.isArray(after)) {
    for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
      yield* differences(before[key], after[key], path === '' ? key : `${path}.${key}`);
  } else if (JSON.stringify(before) !== JSON.stringify(after)) yield path;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
