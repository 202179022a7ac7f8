import type { FeatureSource, Link } from '../feature-source.ts';
import { maskedCosine } from './correlation.ts';
import type { PairBlock } from './pair-sums.ts';

/** Masked cosine above which a coarse and a fine feature are linked (Bricken et al. 2023). */
export const EDGE_THRESHOLD = 0.4;
/** Features active on fewer tokens have no edges: their cosines are accidents. */
export const MIN_ACTIVE_TOKENS = 10;

/** Splitting edges between a dictionary and the next wider one. */
export interface SplittingEdges {
  /** Of each coarse feature, most similar first. */
  readonly children: Link[][];
  /** Of each fine feature, most similar first. */
  readonly parents: Link[][];
}

/** Finds the edges of two widths from their masked sums. */
export function splittingEdges(
  coarse: FeatureSource,
  fine: FeatureSource,
  blocks: Iterable<PairBlock>,
): SplittingEdges {
  const children: Link[][] = Array.from({ length: coarse.features }, () => []);
  const parents: Link[][] = Array.from({ length: fine.features }, () => []);
  const common = (source: FeatureSource, i: number) => source.sums.active[i]! >= MIN_ACTIVE_TOKENS;
  for (const { from, to, products, leftSquares, rightSquares } of blocks) {
    for (let i = from; i < to; i++) {
      if (!common(coarse, i)) continue;
      for (let j = 0; j < fine.features; j++) {
        const at = (i - from) * fine.features + j;
        if (!(products[at]! > 0) || !common(fine, j)) continue;
        const similarity = maskedCosine({
          product: products[at]!,
          leftSquares: coarse.sums.sumOfSquares[i]!,
          rightSquares: fine.sums.sumOfSquares[j]!,
          leftSquaresWhereRight: leftSquares[at]!,
          rightSquaresWhereLeft: rightSquares[at]!,
        });
        if (similarity <= EDGE_THRESHOLD) continue;
        children[i]!.push({ dictionary: fine.id, feature: j, similarity });
        parents[j]!.push({ dictionary: coarse.id, feature: i, similarity });
      }
    }
  }
  for (const links of [...children, ...parents]) links.sort((a, b) => b.similarity - a.similarity);
  return { children, parents };
}
