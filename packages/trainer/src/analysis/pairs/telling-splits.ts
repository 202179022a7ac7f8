import type { SplitsRecord } from '../../records/schema.ts';
import type { Link } from '../feature-source.ts';

type Split = SplitsRecord['splits'][number];

/** The splits of a dictionary's features that say most, and how many there are. */
export interface TellingSplits {
  readonly shown: readonly Split[];
  /** Null where there is no wider dictionary. */
  readonly counted: SplitsRecord['counted'][number] | null;
}

/** How little the children of a telling split have in common. */
export const DISTINCT = 0.5;

/** Children that are compared, the most similar first. */
export const MOST_CHILDREN = 6;
const MOST_SPLITS = 60;
const NAMED_TOKENS = 5;

/** What a feature fires on: shares of its strongest examples by key. */
export type Profile = ReadonlyMap<number, number>;

/**
 * Picks the splits that say most: coarse features whose children fire on different tokens, or in different domains.
 * Distinctness is one less the largest share that any two children have in common, by tokens or by domains, whichever
 * tells them apart more; splits are ranked by it times the mean similarity of the children to their parent.
 *
 * @param children of each coarse feature, with their cosines, most similar first
 * @param profilesOf what a feature of the finer dictionary fires on: tokens, and domains
 */
export function tellingSplits(
  coarse: string,
  children: readonly (readonly (Link & { readonly cosine: number | null })[])[],
  profilesOf: (feature: number) => { readonly tokens: Profile; readonly domains: Profile },
): TellingSplits {
  const splits = children.flatMap((links, feature): (Split & { readonly rank: number })[] => {
    const shown = links.slice(0, MOST_CHILDREN);
    if (shown.length < 2) return [];
    const profiles = shown.map((link) => profilesOf(link.feature));
    const distinctness = Math.max(
      1 - mostInCommon(profiles.map(({ tokens }) => tokens)),
      1 - mostInCommon(profiles.map(({ domains }) => domains)),
    );
    const mean = shown.reduce((sum, { similarity }) => sum + similarity, 0) / shown.length;
    return [
      {
        parent: { dictionary: coarse, feature },
        children: shown.map((link, c) => ({
          ...link,
          tokens: tellingTokens(
            profiles[c]!.tokens,
            profiles.filter((_, other) => other !== c).map(({ tokens }) => tokens),
          ),
        })),
        distinctness,
        rank: distinctness * mean,
      },
    ];
  });
  return {
    shown: splits
      .toSorted((a, b) => b.rank - a.rank || a.parent.feature - b.parent.feature)
      .slice(0, MOST_SPLITS)
      .map(({ parent, children: kept, distinctness }) => ({ parent, children: kept, distinctness })),
    counted: {
      dictionary: coarse,
      split: splits.length,
      distinct: splits.filter(({ distinctness }) => distinctness >= DISTINCT).length,
    },
  };
}

/** The largest share that two of some profiles have in common; 1 where a profile is empty, as it tells nothing. */
function mostInCommon(profiles: readonly Profile[]): number {
  if (profiles.some(({ size }) => size === 0)) return 1;
  let most = 0;
  profiles.forEach((left, i) => {
    for (const right of profiles.slice(i + 1)) {
      let common = 0;
      for (const [key, share] of left) common += Math.min(share, right.get(key) ?? 0);
      most = Math.max(most, common);
    }
  });
  return most;
}

/** Tokens that a profile has more of than any of the others, the most telling first. */
function tellingTokens(own: Profile, others: readonly Profile[]): number[] {
  return [...own]
    .map(([token, share]) => ({
      token,
      margin: share - Math.max(0, ...others.map((other) => other.get(token) ?? 0)),
    }))
    .filter(({ margin }) => margin > 0)
    .sort((a, b) => b.margin - a.margin || a.token - b.token)
    .slice(0, NAMED_TOKENS)
    .map(({ token }) => token);
}

/** Shares of the values of a list. */
export function profileOf(keys: readonly number[]): Profile {
  const shares = new Map<number, number>();
  for (const key of keys) shares.set(key, (shares.get(key) ?? 0) + 1 / keys.length);
  return shares;
}
