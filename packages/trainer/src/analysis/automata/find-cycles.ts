import type { AutomatonEdge } from './measure-edges.ts';

/** Features in a cycle at most: longer ones say little that their parts do not. */
const LONGEST = 4;

/**
 * Cycles of up to four features along the edges, each once, beginning with its lowest feature: those first whose
 * weakest edge pulls most: its earlier feature raises most the tokens on which the later one is strongest.
 *
 * @param most cycles returned
 */
export function findCycles(edges: readonly AutomatonEdge[], most: number): AutomatonEdge[][] {
  const outOf = new Map<number, AutomatonEdge[]>();
  for (const edge of edges) outOf.set(edge.from, [...(outOf.get(edge.from) ?? []), edge]);
  const found: AutomatonEdge[][] = [];
  const follow = (start: number, path: AutomatonEdge[]): void => {
    const here = path.at(-1)?.to ?? start;
    for (const edge of outOf.get(here) ?? []) {
      if (edge.to === start) found.push([...path, edge]);
      else if (
        path.length + 1 < LONGEST &&
        edge.to > start &&
        edge.to !== here &&
        !path.some(({ from }) => from === edge.to)
      )
        follow(start, [...path, edge]);
    }
  };
  for (const start of [...outOf.keys()].sort((a, b) => a - b)) follow(start, []);
  const weakest = (cycle: readonly AutomatonEdge[]) => Math.min(...cycle.map(({ pull }) => pull));
  return found
    .sort((a, b) => weakest(b) - weakest(a) || a.length - b.length || a[0]!.from - b[0]!.from)
    .slice(0, most);
}
