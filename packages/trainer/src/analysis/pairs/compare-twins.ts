import { median } from '../bins.ts';
import type { FeatureSource, TwinLink } from '../feature-source.ts';
import type { KeptParts } from '../kept-parts.ts';
import type { Relations } from '../relate.ts';
import type { EvaluationText } from '../text/evaluation-text.ts';
import { MIN_ACTIVE_TOKENS } from './splitting.ts';
import { attributionSimilarity, logitSimilarity, type LogitMap, type Pairs } from './twin-similarity.ts';
import type { Universality } from './universality.ts';

/**
 * Fills in, for every match between two models, how alike the two are in their logit weights and in their
 * attributions, and the medians of both over the best matches that universality is measured on.
 */
export async function compareTwins(
  sources: readonly FeatureSource[],
  relations: ReadonlyMap<string, Relations>,
  universality: readonly Universality[],
  maps: ReadonlyMap<string, LogitMap>,
  text: EvaluationText,
  kept: KeptParts,
  watch: () => void,
): Promise<void> {
  for (const left of sources) {
    const twins = relations.get(left.id)!.twins;
    const others = new Set(twins.flatMap((links) => links.map(({ dictionary }) => dictionary)));
    for (const id of others) {
      const right = sources.find((source) => source.id === id)!;
      const links: TwinLink[] = [];
      const pairs: [number, number][] = [];
      twins.forEach((all, feature) => {
        for (const link of all) {
          if (link.dictionary !== id) continue;
          links.push(link);
          pairs.push([feature, link.feature]);
        }
      });
      const { logits, attributions } = await kept.once(`similarity of ${left.id} and ${id}`, () =>
        compare(left, right, pairs, maps, text, watch),
      );
      links.forEach((link, i) => {
        link.logitWeights = logits[i]!;
        link.attribution = attributions[i]!;
      });
    }
  }
  for (const each of universality) {
    const { active } = sources.find(({ id }) => id === each.from)!.sums;
    const best = relations
      .get(each.from)!
      .twins.flatMap((links, feature) =>
        active[feature]! >= MIN_ACTIVE_TOKENS
          ? links.filter(({ dictionary }) => dictionary === each.to).slice(0, 1)
          : [],
      );
    const middle = (of: (link: TwinLink) => number | null): number | null => {
      const values = best.flatMap((link) => of(link) ?? []);
      return values.length > 0 ? median(values) : null;
    };
    each.medianLogitWeights = middle(({ logitWeights }) => logitWeights);
    each.medianAttribution = middle(({ attribution }) => attribution);
  }
}

function compare(
  left: FeatureSource,
  right: FeatureSource,
  pairs: Pairs,
  maps: ReadonlyMap<string, LogitMap>,
  text: EvaluationText,
  watch: () => void,
): { readonly logits: number[]; readonly attributions: number[] } {
  const [ofLeft, ofRight] = [maps.get(left.id)!, maps.get(right.id)!];
  const byLogits = logitSimilarity(ofLeft, ofRight, pairs);
  const byAttribution = attributionSimilarity(
    { ...ofLeft, entries: left.entries },
    { ...ofRight, entries: right.entries },
    pairs,
    (first, count) => tokensAfter(text, first, count),
    watch,
  );
  return { logits: [...byLogits], attributions: [...byAttribution] };
}

/** The token after each of some; after the last of a context it is the one that the context leads to. */
function tokensAfter({ contexts }: EvaluationText, first: number, count: number): Uint32Array {
  const { length: T } = contexts;
  const places: number[] = [];
  for (let place = Math.floor(first / T); place * T < first + count; place++) places.push(place);
  const tokens = contexts.readBatch(places);
  return Uint32Array.from({ length: count }, (_, i) => {
    const place = Math.floor((first + i) / T) - places[0]!;
    return tokens[place * (T + 1) + ((first + i) % T) + 1]!;
  });
}
