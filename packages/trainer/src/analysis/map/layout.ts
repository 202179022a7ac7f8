import { setImmediate } from 'node:timers/promises';
import type { FuzzyGraph } from './fuzzy-graph.ts';
import type { LayoutCurve } from './layout-curve.ts';
import { layoutForces } from './layout-forces.ts';

/** Random points that push a point off, for each that draws it near. */
const PUSHES = 5;
/** Longest way along an axis that one point moves another at full rate. */
const LONGEST = 4;
/** Half the side of the cube in which points start. */
const START = 10;

/** Epochs of a layout: fewer of many points, each of which is then moved as often by its neighbours. */
export function epochsOf(points: number): number {
  if (points <= 2500) return 500;
  if (points <= 5000) return 400;
  return points <= 7500 ? 300 : 200;
}

/**
 * Lays out the points of a graph by stochastic gradient descent (McInnes, Healy and Melville 2018, algorithm 5), from
 * random places: edges draw their ends together, as often as they are strong, and push off random points.
 *
 * @param random uniform in [0, 1)
 * @param watch called before every epoch with the share done, between which other work of the process goes on; throws
 *   to stop
 * @returns (N,dimensions)
 */
export async function layOut(
  graph: FuzzyGraph,
  dimensions: number,
  curve: LayoutCurve,
  random: () => number,
  watch: (share: number) => void,
): Promise<Float64Array> {
  const epochs = epochsOf(graph.count);
  const places = Float64Array.from({ length: graph.count * dimensions }, () => START * (2 * random() - 1));
  const edges = scheduled(graph, epochs);
  const { attraction, repulsion, cellOf } = layoutForces(curve);
  const [points, length] = [graph.count, edges.from.length];
  for (let epoch = 0; epoch < epochs; epoch++) {
    watch(epoch / epochs);
    await setImmediate();
    const rate = 1 - epoch / epochs;
    const limit = LONGEST * rate;
    for (let edge = 0; edge < length; edge++) {
      if (edges.next[edge]! > epoch) continue;
      edges.next[edge]! += edges.every[edge]!;
      const at = edges.from[edge]! * dimensions;
      move(at, edges.to[edge]! * dimensions, attraction, rate, limit, true);
      for (let push = 0; push < PUSHES; push++) {
        const other = Math.floor(random() * points) * dimensions;
        if (other !== at) move(at, other, repulsion, rate, limit, false);
      }
    }
  }
  return places;

  /** Moves a point as a force has it; with `both`, the other one as far the other way. */
  function move(
    at: number,
    other: number,
    force: Float64Array,
    rate: number,
    limit: number,
    both: boolean,
  ): void {
    let squared = 0;
    for (let k = 0; k < dimensions; k++) {
      const difference = places[at + k]! - places[other + k]!;
      squared += difference * difference;
    }
    const strength = rate * force[cellOf(squared)]!;
    for (let k = 0; k < dimensions; k++) {
      const wanted = strength * (places[at + k]! - places[other + k]!);
      const step = wanted > limit ? limit : wanted < -limit ? -limit : wanted;
      places[at + k]! += step;
      if (both) places[other + k]! -= step;
    }
  }
}

/** The edges of a graph, each in both directions, with when they draw. */
interface Schedule {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** Epochs from one time to the next: 1 for the strongest. */
  readonly every: Float32Array;
  /** The epoch of the next time. */
  readonly next: Float32Array;
}

/** Without edges so weak that their time would never come. */
function scheduled({ count, starts, neighbours, strengths }: FuzzyGraph, epochs: number): Schedule {
  const strongest = strengths.reduce((most, strength) => Math.max(most, strength), 0);
  const kept = strengths.reduce((edges, strength) => edges + (strength * epochs < strongest ? 0 : 1), 0);
  const [from, to] = [new Uint32Array(kept), new Uint32Array(kept)];
  const every = new Float32Array(kept);
  let edge = 0;
  for (let point = 0; point < count; point++) {
    for (let entry = starts[point]!; entry < starts[point + 1]!; entry++) {
      if (strengths[entry]! * epochs < strongest) continue;
      from[edge] = point;
      to[edge] = neighbours[entry]!;
      every[edge++] = strongest / strengths[entry]!;
    }
  }
  return { from, to, every, next: every.slice() };
}
