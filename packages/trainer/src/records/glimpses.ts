import type { FeatureRecord } from './schema.ts';

/**
 * What a feature fires on, small enough to keep for every feature of a study at once: windows of at most seven
 * tokens around the centre of its top examples, the commonest first. Tokens either side come along because the
 * centre alone may be a fragment of a character.
 */
export interface Glimpse {
  tokens: number[];
  at: number;
  /** Top examples that look like this around the centre. */
  times: number;
}

const RADIUS = 3;
const MOST = 8;

/** Glimpses of a feature, from its top examples; none when it is dead. */
export function glimpsesOf(feature: Pick<FeatureRecord, 'exampleGroups'>): Glimpse[] {
  const seen = new Map<string, Glimpse>();
  const top = feature.exampleGroups.find((group) => group.kind === 'top')?.examples ?? [];
  for (const { tokens, at } of top) {
    const key = tokens.slice(Math.max(0, at - 1), at + 2).join();
    const known = seen.get(key);
    if (known) known.times++;
    else {
      const from = Math.max(0, at - RADIUS);
      seen.set(key, { tokens: tokens.slice(from, at + RADIUS + 1), at: at - from, times: 1 });
    }
  }
  return [...seen.values()].sort((a, b) => b.times - a.times).slice(0, MOST);
}

/** The domain holding most of the tokens on which the feature is above half of its maximum, and its share of them. */
export function dominantDomain(
  feature: Pick<FeatureRecord, 'domains'>,
): { domain: string; share: number } | undefined {
  let best: { domain: string; topHalfTokens: number } | undefined;
  let total = 0;
  for (const entry of feature.domains) {
    total += entry.topHalfTokens;
    if (entry.topHalfTokens > (best?.topHalfTokens ?? 0)) best = entry;
  }
  return best && { domain: best.domain, share: best.topHalfTokens / total };
}
