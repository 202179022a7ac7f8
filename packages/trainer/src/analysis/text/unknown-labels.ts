import type { Study } from '../../config/schema.ts';

/** Labels of a corpus that are named, the first ones. */
const NAMED = 12;

/**
 * What to say of labels that the study's domains name and no document has, which would count for nothing; null where all
 * are there.
 *
 * @param labels of the corpus; null stands for documents without one
 */
export function unknownLabels(
  { domains }: Study['analysis'],
  labels: readonly (string | null)[],
): string | null {
  const known = new Set(labels);
  const unknown = new Set(
    domains.flatMap(({ corpusDomains }) => corpusDomains).filter((of) => !known.has(of)),
  );
  if (unknown.size === 0) return null;
  const there = labels.filter((label) => label !== null).toSorted();
  const more = there.length > NAMED ? ` and ${there.length - NAMED} more` : '';
  const got = [...unknown].map((label) => JSON.stringify(label)).join(', ');
  return `analysis.domains: expected labels of the corpus (${there.slice(0, NAMED).join(', ') || 'it has none'}${more}), got ${got}, which no document has; it counts as nothing`;
}
