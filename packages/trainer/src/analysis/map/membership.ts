/** Share of the sum of strengths by which it may miss its target. */
const TOLERANCE = 1e-6;
/** Halvings after which the interval of σ is as small as float64 can tell. */
const MOST_HALVINGS = 64;
/** Least σ, as a share of a point's mean distance: without it, neighbours beyond many at one distance would count for nothing. */
const LEAST_WIDTH = 1e-3;

/**
 * How strongly a point holds its neighbours (McInnes, Healy and Melville 2018, algorithm 3): 1 up to ρ, the least
 * distance above 0, and exp(-(d - ρ)/σ) beyond. σ is such that the strengths sum to log2 k, where k counts the point
 * itself too; of more neighbours than that within ρ, σ is as small as it may be.
 *
 * @param distances (k-1) to the neighbours, none negative
 * @param strengths (k-1) to be filled
 */
export function memberships(distances: Float64Array, strengths: Float64Array): void {
  const target = Math.log2(distances.length + 1);
  let [nearest, total] = [Infinity, 0];
  for (const distance of distances) {
    if (distance > 0 && distance < nearest) nearest = distance;
    total += distance;
  }
  if (nearest === Infinity) {
    strengths.fill(1);
    return;
  }
  const sum = (width: number): number => {
    let held = 0;
    for (const distance of distances) held += distance > nearest ? Math.exp((nearest - distance) / width) : 1;
    return held;
  };
  let [low, width, high] = [0, 1, Infinity];
  for (let halving = 0; halving < MOST_HALVINGS; halving++) {
    const held = sum(width);
    if (Math.abs(held - target) < TOLERANCE * target) break;
    if (held > target) high = width;
    else low = width;
    width = high === Infinity ? 2 * width : (low + high) / 2;
  }
  width = Math.max(width, (LEAST_WIDTH * total) / (distances.length + 1));
  for (let i = 0; i < distances.length; i++)
    strengths[i] = distances[i]! > nearest ? Math.exp((nearest - distances[i]!) / width) : 1;
}
