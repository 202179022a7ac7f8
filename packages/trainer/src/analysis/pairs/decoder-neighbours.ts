import type { Gpu } from '@monosema/engine';
import type { Link } from '../feature-source.ts';
import { nearestRows } from '../map/nearest-rows.ts';

/**
 * The features whose decoder rows point most nearly the same way, by cosine; a feature is no neighbour of itself.
 *
 * @param decoder (F,A), row-major
 * @param count neighbours of each feature, fewer where not as many are at less than a right angle
 */
export async function decoderNeighbours(
  gpu: Gpu,
  id: string,
  decoder: Float32Array,
  features: number,
  count: number,
  watch: () => void,
): Promise<Link[][]> {
  const nearest = await nearestRows(
    gpu,
    'decoder',
    decoder,
    decoder,
    decoder.length / features,
    count,
    watch,
  );
  return Array.from({ length: features }, (_, i) =>
    nearest.of(i).map(({ row, cosine }) => ({ dictionary: id, feature: row, similarity: cosine })),
  );
}
