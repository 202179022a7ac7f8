import type { LogitWeights } from '../effects/logit-weights.ts';
import type { Survey } from '../examples/survey.ts';
import type { FeatureSource } from '../feature-source.ts';
import { growingIntegers } from '../growing.ts';
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
  watch: (share: number) => void,
): AutomatonEdge[] {
  const { features, sums, entries } = source;
  const { starts, ids: later, ranks } = candidateEdges(source, survey, logitWeights, text);
  const strengths = new Float64Array(later.length);
  const fired = new Uint32Array(later.length);
  const places = new Uint32Array(features);
  const { length } = text.contexts;
  for (const { first, rows, offsets, features: ids, values } of entries.pieces(
    length * Math.max(1, Math.floor(2048 / length)),
  )) {
    watch(first / entries.rows);
    for (let row = 0; row + 1 < rows; row++) {
      // The last token of a context is followed by another context's first.
      if ((row + 1) % length === 0) continue;
      for (let e = offsets[row]!; e < offsets[row + 1]!; e++) {
        const from = ids[e]!;
        if (values[e]! <= sums.max[from]! / 2) continue;
        places[from]! += 1;
        for (let next = offsets[row + 1]!; next < offsets[row + 2]!; next++) {
          const at = placeOf(later, ids[next]!, starts[from]!, starts[from + 1]!);
          if (at < 0) continue;
          strengths[at]! += values[next]!;
          fired[at]! += 1;
        }
      }
    }
  }
  const pullOf = (from: number, tokens: readonly number[]): number => {
    const top = logitWeights.of(from).top.filter(({ token }) => tokens.includes(token));
    return (sums.max[from]! * top.reduce((sum, { weight }) => sum + weight, 0)) / tokens.length;
  };
  const edges: AutomatonEdge[] = [];
  for (let from = 0; from < features; from++) {
    const here = places[from]!;
    if (here < LEAST_PLACES) continue;
    const found: AutomatonEdge[] = [];
    for (let at = starts[from]!; at < starts[from + 1]!; at++) {
      const to = later[at]!;
      const share = fired[at]! / here;
      const lift = share / (sums.active[to]! / sums.tokens);
      if (share < LEAST_SHARE || !(lift >= LEAST_LIFT)) continue;
      const tokens = logitWeights.ranked(from).filter((_, rank) => rank < LOGITS && (ranks[at]! >> rank) & 1);
      found.push({
        from,
        to,
        strength: strengths[at]! / here,
        share,
        lift,
        tokens,
        pull: pullOf(from, tokens),
      });
    }
    edges.push(...found.sort((a, b) => b.strength - a.strength || a.to - b.to).slice(0, KEPT));
  }
  return edges.sort((a, b) => b.strength - a.strength || a.from - b.from || a.to - b.to);
}

/** Pairs of an earlier and a later feature: those of earlier feature i are places starts[i] to starts[i + 1]. */
interface Candidates {
  readonly starts: Uint32Array;
  /** The later feature of each pair, ascending for each earlier one. */
  readonly ids: Uint32Array;
  /** Bit r: the later feature is strongest on the token of rank r among the earlier one's logit weights. */
  readonly ranks: Uint16Array;
}

/**
 * Pairs of which the later one's strongest tokens are among the earlier one's strongest logits. In flat arrays: of
 * 131,072 features there may be eight million pairs.
 */
function candidateEdges(
  { features, sums }: FeatureSource,
  survey: Survey,
  logitWeights: LogitWeights,
  text: EvaluationText,
): Candidates {
  const firesOn = new Map<number, number[]>();
  for (let feature = 0; feature < features; feature++) {
    const tokens = new Set(survey.tokensOf(feature).top.map((token) => text.read(token, 1)[0]!));
    for (const token of tokens) {
      const known = firesOn.get(token);
      if (known === undefined) firesOn.set(token, [feature]);
      else known.push(feature);
    }
  }
  const starts = new Uint32Array(features + 1);
  const ids = growingIntegers();
  const ranks = growingIntegers();
  // Of every feature, the ranks of the tokens that lead to it from the earlier feature at hand.
  const over = new Uint16Array(features);
  for (let from = 0; from < features; from++) {
    const reached: number[] = [];
    if (sums.active[from]! >= LEAST_PLACES) {
      logitWeights
        .ranked(from)
        .slice(0, LOGITS)
        .forEach((token, rank) => {
          for (const to of firesOn.get(token) ?? []) {
            if (over[to] === 0) reached.push(to);
            over[to]! |= 1 << rank;
          }
        });
      for (const to of mostBits(Uint32Array.from(reached).sort(), over, MOST_CANDIDATES)) {
        ids.push(to);
        ranks.push(over[to]!);
      }
      for (const to of reached) over[to] = 0;
    }
    starts[from + 1] = ids.length;
  }
  return { starts, ids: ids.finish(), ranks: Uint16Array.from(ranks.finish()) };
}

/** Of ascending ids the `count` that have the most bits set, the lower of equals, ascending. */
function mostBits(ids: Uint32Array, bits: Uint16Array, count: number): Uint32Array {
  if (ids.length <= count) return ids;
  const withBits = new Uint32Array(LOGITS + 1);
  for (const id of ids) withBits[bitsOf(bits[id]!)]! += 1;
  let [least, above] = [LOGITS, 0];
  while (above + withBits[least]! < count) above += withBits[least--]!;
  let room = count - above;
  return ids.filter((id) => {
    const set = bitsOf(bits[id]!);
    return set > least || (set === least && room-- > 0);
  });
}

function bitsOf(word: number): number {
  let set = 0;
  for (let rest = word; rest !== 0; rest &= rest - 1) set += 1;
  return set;
}

/** Where an id is among the ascending ones from place `from` to place `to`; -1 where it is not. */
function placeOf(ids: Uint32Array, id: number, from: number, to: number): number {
  let [low, high] = [from, to];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (ids[middle]! < id) low = middle + 1;
    else high = middle;
  }
  return low < to && ids[low] === id ? low : -1;
}
