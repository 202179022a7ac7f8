/** destination (M,D) with scale · source[from] in row `to`, for each pair (from, to) of the first `count` places. */
export function copyRowsReference(
  source: Float64Array,
  places: Uint32Array,
  destination: Float64Array,
  width: number,
  { count, scale }: { readonly count: number; readonly scale: number },
): Float64Array {
  const copied = destination.slice();
  for (let i = 0; i < count; i++) {
    const [from, to] = [places[2 * i]!, places[2 * i + 1]!];
    for (let d = 0; d < width; d++) copied[to * width + d] = scale * source[from * width + d]!;
  }
  return copied;
}
