import type { FeatureInput } from '../../records/schema.ts';
import type { AutomatonEdge } from './measure-edges.ts';

type Automaton = NonNullable<FeatureInput['automaton']>;

/** Edges that lead to a feature, at most; many may lead to one that fires on a common token. */
const MOST_INTO = 6;

/** The edges at each feature of a dictionary, out of it and into it, strongest first. @param edges strongest first */
export function automatonOf(edges: readonly AutomatonEdge[], features: number): Automaton[] {
  const result = Array.from({ length: features }, (): Automaton => ({ into: [], outOf: [] }));
  for (const { from, to, strength, lift } of edges) {
    // What a feature leads into, and what it comes out of.
    result[from]!.into.push({ feature: to, strength, lift });
    if (result[to]!.outOf.length < MOST_INTO) result[to]!.outOf.push({ feature: from, strength, lift });
  }
  return result;
}
