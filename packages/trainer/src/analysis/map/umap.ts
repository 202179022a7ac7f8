import { uniforms } from '../../random/seeded.ts';
import type { FuzzyGraph } from './fuzzy-graph.ts';
import { layoutCurve } from './layout-curve.ts';
import { layOut } from './layout.ts';

/**
 * Places the points of a graph by UMAP (McInnes, Healy and Melville 2018). The same graph and seed give the same places.
 *
 * @param minDist distance up to which neighbours count as together
 * @param watch called before every epoch with the share done; throws to stop
 * @returns (N,dimensions)
 */
export function umap(
  graph: FuzzyGraph,
  dimensions: number,
  minDist: number,
  seed: number,
  watch: (share: number) => void,
): Promise<Float64Array> {
  return layOut(graph, dimensions, layoutCurve(minDist), uniforms(seed, dimensions), watch);
}
