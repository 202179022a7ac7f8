/** Places by group: those of group j are order[starts[j]] to order[starts[j + 1]], ascending. */
export interface Grouped {
  /** (G+1) */
  readonly starts: Uint32Array;
  readonly order: Uint32Array;
}

/** Sorts places by the group that each is in, in time that is linear in both. @param groups G; every group is below it */
export function grouped(groupOf: ArrayLike<number>, groups: number): Grouped {
  const starts = new Uint32Array(groups + 1);
  for (let place = 0; place < groupOf.length; place++) starts[groupOf[place]! + 1]! += 1;
  for (let group = 0; group < groups; group++) starts[group + 1]! += starts[group]!;
  const next = starts.slice();
  const order = new Uint32Array(groupOf.length);
  for (let place = 0; place < groupOf.length; place++) order[next[groupOf[place]!]!++] = place;
  return { starts, order };
}
