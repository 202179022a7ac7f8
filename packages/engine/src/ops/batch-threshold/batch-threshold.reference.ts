/**
 * The same as batchTopKReference, block by block: of what was kept and of a block's entries the `wanted` largest are kept
 * on, ties to those that came first.
 */
export function batchThresholdReference(
  blocks: readonly Float64Array[],
  wanted: number,
): readonly Float64Array[] {
  let kept: { block: number; index: number; value: number }[] = [];
  blocks.forEach((entries, block) => {
    const positive = Array.from(entries, (value, index) => ({ block, index, value })).filter(
      ({ value }) => value > 0,
    );
    // toSorted is stable: what came first stays before its equals.
    kept = [...kept, ...positive].toSorted((a, b) => b.value - a.value).slice(0, wanted);
  });
  const selected = blocks.map(({ length }) => new Float64Array(length));
  for (const { block, index, value } of kept) selected[block]![index] = value;
  return selected;
}
