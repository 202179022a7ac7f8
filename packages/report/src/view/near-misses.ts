import type { Example, ExampleGroup } from '@monosema/trainer/records';

/** A group of a page: one of the records, or the near misses that are found in them. */
export type PageGroup = Omit<ExampleGroup, 'kind'> & { kind: ExampleGroup['kind'] | 'near' };

/** Near misses that a page shows at most. */
const MOST = 5;

/**
 * Where a feature is not active on a token that it is strongest on elsewhere: in the windows that the records have, one
 * of each, those of the strongest examples first. Undefined where there are none, as of features that mean a token.
 */
export function nearMisses(groups: readonly ExampleGroup[]): PageGroup | undefined {
  const strongest = groups.find(({ kind }) => kind === 'top')?.examples ?? [];
  const wanted = new Set(strongest.map(({ tokens, at }) => tokens[at]));
  const examples: Example[] = [];
  const seen = new Set<string>();
  for (const example of groups.flatMap((group) => group.examples)) {
    if (examples.length === MOST) break;
    const { tokens, activations, document } = example;
    const at = tokens.findIndex((token, i) => activations[i] === 0 && wanted.has(token));
    if (at < 0) continue;
    // Windows of one document overlap.
    const key = `${document} ${tokens.slice(Math.max(0, at - 3), at + 1).join()}`;
    if (!seen.has(key)) examples.push({ ...example, at, duplicate: false });
    seen.add(key);
  }
  return examples.length > 0
    ? { kind: 'near', level: null, from: 0, to: 0, activeTokens: 0, examples }
    : undefined;
}
