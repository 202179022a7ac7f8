import { z } from 'zod';

/** Writes a path as users do: `dictionaries.list.0.id`. */
export function writePath(path: readonly PropertyKey[]): string {
  return path.map(String).join('.');
}

/** Every path of a schema, with `*` for the items of a list. */
export function keyPaths(schema: z.core.$ZodType, prefix: readonly string[] = []): string[] {
  const inner = unwrap(schema);
  const own = prefix.length > 0 ? [prefix.join('.')] : [];
  if (inner instanceof z.core.$ZodObject)
    return [
      ...own,
      ...Object.entries(inner._zod.def.shape).flatMap(([key, value]) => keyPaths(value, [...prefix, key])),
    ];
  if (inner instanceof z.core.$ZodArray)
    return [...own, ...keyPaths(inner._zod.def.element, [...prefix, '*']).slice(1)];
  return own;
}

/** The keys a schema takes at a path; none where the path leads to no object. */
export function keysAt(schema: z.core.$ZodType, path: readonly PropertyKey[]): string[] {
  let inner = unwrap(schema);
  for (const key of path) {
    if (inner instanceof z.core.$ZodObject) {
      const next = inner._zod.def.shape[String(key)];
      if (next === undefined) return [];
      inner = unwrap(next);
    } else if (inner instanceof z.core.$ZodArray) inner = unwrap(inner._zod.def.element);
    else return [];
  }
  return inner instanceof z.core.$ZodObject ? Object.keys(inner._zod.def.shape) : [];
}

function unwrap(schema: z.core.$ZodType): z.core.$ZodType {
  if (
    schema instanceof z.core.$ZodDefault ||
    schema instanceof z.core.$ZodPrefault ||
    schema instanceof z.core.$ZodOptional
  )
    return unwrap(schema._zod.def.innerType);
  return schema;
}

/**
 * The valid path that an unknown one most likely meant.
 *
 * Nearest by edit distance without regard to case, either of the whole path or of its last key alone (then as
 * if two letters further, so that a key under the wrong parent is found, but a neighbour is preferred).
 */
export function nearestPath(path: readonly PropertyKey[], valid: readonly string[]): string {
  const numbers = path.filter((key) => typeof key === 'number' || /^\d+$/.test(String(key)));
  const whole = path.map((key) => (numbers.includes(key) ? '*' : String(key).toLowerCase()));
  let best = { path: '', cost: Infinity };
  for (const candidate of valid) {
    const parts = candidate.toLowerCase().split('.');
    const cost = Math.min(
      editDistance(whole.join('.'), parts.join('.')),
      editDistance(whole.at(-1) ?? '', parts.at(-1) ?? '') + 2,
    );
    if (cost < best.cost) best = { path: candidate, cost };
  }
  let item = 0;
  return best.path.replaceAll('*', () => String(numbers[item++] ?? 0));
}

/** Levenshtein's distance: the fewest letters to insert, remove or replace. */
export function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const replace = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(replace, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
