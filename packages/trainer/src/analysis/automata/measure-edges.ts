import type { LogitWeights } from '../effects/logit-weights.ts';
import type { Survey } from '../examples/survey.ts';
import type { FeatureSource } from '../feature-source.ts';
import type { EvaluationText } from '../text/evaluation-text.ts';

/** One feature makes text likelier on which another fires. */
export interface AutomatonEdge {
  readonly from: number;
  readonly to: number;
  /** Mean activation of `to` one token after `from` is above half of its largest activation. */
  readonly strength: number;
  /** Share of those places at which `to` fires, and the same over its share of all tokens. */
  readonly share: number;
  readonly lift: number;
  /** Tokens among the strongest logits of `from` on which `to` is strongest. */
  readonly tokens: readonly number[];
  /** What `from` at its largest activation adds to the logits of those tokens, on average. */
  readonly pull: number;
}

/** Tokens with the largest logit weights that an edge may go over. */
const LOGITS = 10;
/** Edges measured from one feature at most, those over most tokens first. */
const MOST_CANDIDATES = 64;
/** Strong places of a feature that an edge needs, and the least lift and share. */
const LEAST_PLACES = 20;
const LEAST_LIFT = 3;
const LEAST_SHARE = 0.1;
/** Edges kept at each feature. */
const KEPT = 6;

/**
 * Finds the edges of a dictionary's automata in text. An edge is looked at where the later feature is strongest on
 * tokens that the earlier one makes likelier; it is kept where the later one does fire after the earlier one, three
 * times as often as elsewhere or more, and at one place in ten. One pass over the activations; memory grows with the
 * features.
 *
 * @returns edges by strength, the strongest first
 */
export function measureEdges(
  source: FeatureSource,
  survey: Survey,
  logitWeights: LogitWeights,
  text: EvaluationText,
  watch: () => void,
): AutomatonEdge[] {
  const { features, sums, entries } = source;
  const candidates = candidateEdges(source, survey, logitWeights, text);
  const index = candidates.map((list) => new Map(list.map(({ to }, i) => [to, i])));
  const strengths = candidates.map((list) => new Float64Array(list.length));
  const fired = candidates.map((list) => new Uint32Array(list.length));
  const places = new Uint32Array(features);
  const { length } = text.contexts;
  for (const { rows, offsets, features: ids, values } of entries.pieces(
    length * Math.max(1, Math.floor(2048 / length)),
  )) {
    watch();
    for (let row = 0; row + 1 < rows; row++) {
      // The last token of a context is followed by another context's first.
      if ((row + 1) % length === 0) continue;
      for (let e = offsets[row]!; e < offsets[row + 1]!; e++) {
        const from = ids[e]!;
        if (values[e]! <= sums.max[from]! / 2) continue;
        places[from]! += 1;
        const of = index[from]!;
        if (of.size === 0) continue;
        for (let next = offsets[row + 1]!; next < offsets[row + 2]!; next++) {
          const at = of.get(ids[next]!);
          if (at === undefined) continue;
          strengths[from]![at]! += values[next]!;
          fired[from]![at]! += 1;
        }
      }
    }
  }
  const pullOf = (from: number, tokens: readonly number[]): number => {
    const top = logitWeights.of(from).top.filter(({ token }) => tokens.includes(token));
    return (sums.max[from]! * top.reduce((sum, { weight }) => sum + weight, 0)) / tokens.length;
  };
  const edges: AutomatonEdge[] = [];
  candidates.forEach((list, from) => {
    const here = places[from]!;
    if (here < LEAST_PLACES) return;
    const found = list.flatMap(({ to, tokens }, i): AutomatonEdge[] => {
      const share = fired[from]![i]! / here;
      const lift = share / (sums.active[to]! / sums.tokens);
      return share >= LEAST_SHARE && lift >= LEAST_LIFT
        ? [
            {
              from,
              to,
              strength: strengths[from]![i]! / here,
              share,
              lift,
              tokens,
              pull: pullOf(from, tokens),
            },
          ]
        : [];
    });
    edges.push(...found.sort((a, b) => b.strength - a.strength || a.to - b.to).slice(0, KEPT));
  });
  return edges.sort((a, b) => b.strength - a.strength || a.from - b.from || a.to - b.to);
}

/** Pairs of which the later one's strongest tokens are among the earlier one's strongest logits. */
function candidateEdges(
  { features, sums }: FeatureSource,
  survey: Survey,
  logitWeights: LogitWeights,
  text: EvaluationText,
): { readonly to: number; readonly tokens: readonly number[] }[][] {
  const firesOn = new Map<number, number[]>();
  for (let feature = 0; feature < features; feature++) {
    const tokens = new Set(survey.tokensOf(feature).top.map((token) => text.read(token, 1)[0]!));
    for (const token of tokens) {
      const known = firesOn.get(token);
      if (known === undefined) firesOn.set(token, [feature]);
      else known.push(feature);
    }
  }
  return Array.from({ length: features }, (_, from) => {
    if (sums.active[from]! < LEAST_PLACES) return [];
    const over = new Map<number, number[]>();
    for (const token of logitWeights.ranked(from).slice(0, LOGITS)) {
      for (const to of firesOn.get(token) ?? []) over.set(to, [...(over.get(to) ?? []), token]);
    }
    return [...over]
      .map(([to, tokens]) => ({ to, tokens }))
      .sort((a, b) => b.tokens.length - a.tokens.length || a.to - b.to)
      .slice(0, MOST_CANDIDATES);
  });
}
