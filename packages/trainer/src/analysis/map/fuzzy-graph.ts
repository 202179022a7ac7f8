import { grouped } from '../grouped.ts';
import { memberships } from './membership.ts';
import type { NearestRows } from './nearest-table.ts';

/** Neighbours of a point, itself among them, as in the paper's maps. */
export const NEIGHBOURS = 15;

/** Which points hold together, and how strongly: a symmetric matrix (N,N), row by row. */
export interface FuzzyGraph {
  readonly count: number;
  /** (N+1) where the neighbours of each point begin among all. */
  readonly starts: Uint32Array;
  /** Neighbours of the points, of each in ascending order. */
  readonly neighbours: Uint32Array;
  /** In (0, 1]. */
  readonly strengths: Float32Array;
}

/**
 * The fuzzy union of what the points hold each (McInnes, Healy and Melville 2018, algorithms 1 and 2): where one holds
 * another by p and is held by q, both hold together by p + q - p·q. Distances are one less the cosine. Points with few
 * neighbours are filled up with random ones at a right angle.
 *
 * @returns null for so few points that they have not as many neighbours
 */
export function fuzzyGraph(nearest: NearestRows, random: () => number): FuzzyGraph | null {
  const { count } = nearest;
  if (count <= NEIGHBOURS) return null;
  const held = heldBy(nearest, random);
  return union(count, held.neighbours, held.strengths);
}

const HELD = NEIGHBOURS - 1;

/** (N,14) the neighbours that each point holds, ascending, and how strongly. */
function heldBy(
  nearest: NearestRows,
  random: () => number,
): { neighbours: Uint32Array; strengths: Float32Array } {
  const { count } = nearest;
  const neighbours = new Uint32Array(count * HELD);
  const strengths = new Float32Array(count * HELD);
  const [distances, own] = [new Float64Array(HELD), new Float64Array(HELD)];
  for (let point = 0; point < count; point++) {
    const near = nearest.of(point).slice(0, HELD);
    const known = new Set([point, ...near.map(({ row }) => row)]);
    while (known.size < NEIGHBOURS) known.add(Math.floor(random() * count));
    known.delete(point);
    distances.fill(1);
    near.forEach(({ cosine }, i) => (distances[i] = Math.max(0, 1 - cosine)));
    memberships(distances, own);
    [...known]
      .map((row, i) => ({ row, strength: own[i]! }))
      .sort((a, b) => a.row - b.row)
      .forEach(({ row, strength }, i) => {
        neighbours[point * HELD + i] = row;
        strengths[point * HELD + i] = strength;
      });
  }
  return { neighbours, strengths };
}

function union(count: number, neighbours: Uint32Array, strengths: Float32Array): FuzzyGraph {
  // The entries, point · 14 + i, in which each point is held.
  const holders = grouped(neighbours, count);
  const result = {
    count,
    starts: new Uint32Array(count + 1),
    neighbours: new Uint32Array(2 * neighbours.length),
    strengths: new Float32Array(2 * neighbours.length),
  };
  let at = 0;
  for (let point = 0; point < count; point++) {
    let [own, other] = [point * HELD, holders.starts[point]!];
    const [ownEnd, otherEnd] = [own + HELD, holders.starts[point + 1]!];
    while (own < ownEnd || other < otherEnd) {
      const holder = other < otherEnd ? Math.floor(holders.order[other]! / HELD) : Infinity;
      const held = own < ownEnd ? neighbours[own]! : Infinity;
      const p = held <= holder ? strengths[own++]! : 0;
      const q = holder <= held ? strengths[holders.order[other++]!]! : 0;
      const together = p + q - p * q;
      if (together === 0) continue;
      result.neighbours[at] = Math.min(held, holder);
      result.strengths[at++] = together;
    }
    result.starts[point + 1] = at;
  }
  return {
    ...result,
    neighbours: result.neighbours.slice(0, at),
    strengths: result.strengths.slice(0, at),
  };
}
