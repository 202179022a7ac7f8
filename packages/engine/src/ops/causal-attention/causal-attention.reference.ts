import { Sums, type OpReference } from '../../testing/reference.ts';

export interface AttentionSizes {
  readonly sequences: number;
  /** T */
  readonly context: number;
  readonly heads: number;
  /** K = D/H */
  readonly headWidth: number;
}

/** y (N,D) = softmax(Q·Kᵀ/√K, causal) · V, head by head, for qkv (N,3D) = queries | keys | values. */
export function causalAttentionReference(sizes: AttentionSizes): OpReference<'qkv'> {
  const { sequences, context, heads, headWidth } = sizes;
  const rows = sequences * context;
  const width = heads * headWidth;
  return {
    // The score's sum, the softmax's on at least four lanes with about a dozen operations, and the sum over keys;
    // backward passes through the first two again.
    roundings: {
      output: headWidth + context / 4 + 16 + context,
      qkv: 2 * headWidth + context / 2 + 32 + 2 * context,
    },
    forward({ qkv }) {
      const y = new Sums(rows * width);
      for (const query of queriesOf(sizes))
        attend(qkv, query).forEach(({ p, terms }, key) => {
          for (let i = 0; i < headWidth; i++) {
            const value = qkv[query.at(2, key) + i]!;
            y.add(query.out + i, p * value, terms * Math.abs(value));
          }
        });
      return y;
    },
    backward({ qkv }, cotangent) {
      const d = new Sums(qkv.length);
      for (const query of queriesOf(sizes)) addGradients(d, qkv, cotangent, query);
      return { qkv: d };
    },
  };
}

/** One query of one head. */
interface Query {
  readonly position: number;
  readonly headWidth: number;
  /** Where in qkv the head's query (part 0), key (1) or value (2) at a position of the query's sequence begins. */
  readonly at: (part: number, position: number) => number;
  /** Where in y the query's result begins. */
  readonly out: number;
}

function* queriesOf({ sequences, context, heads, headWidth }: AttentionSizes): Generator<Query> {
  const width = heads * headWidth;
  for (let s = 0; s < sequences; s++)
    for (let head = 0; head < heads; head++)
      for (let position = 0; position < context; position++) {
        const row = (other: number) => s * context + other;
        yield {
          position,
          headWidth,
          at: (part, other) => row(other) * 3 * width + part * width + head * headWidth,
          out: row(position) * width + head * headWidth,
        };
      }
}

/**
 * Probabilities of a query over the keys it sees. An error of a score is a relative one of its probability, and so is
 * one of the sum, which is a mean over the scores: hence the terms.
 */
function attend(qkv: Float64Array, { position, headWidth, at }: Query) {
  const scale = 1 / Math.sqrt(headWidth);
  const scores = new Sums(position + 1);
  for (let key = 0; key <= position; key++)
    for (let i = 0; i < headWidth; i++)
      scores.add(key, scale * qkv[at(0, position) + i]! * qkv[at(1, key) + i]!);
  const top = Math.max(...scores.values);
  const exponentials = scores.values.map((score) => Math.exp(score - top));
  const total = exponentials.reduce((sum, value) => sum + value, 0);
  const highest = Math.max(...scores.terms);
  return Array.from(exponentials, (value, key) => ({
    p: value / total,
    terms: (value / total) * (1 + scores.terms[key]! + 2 * highest),
  }));
}

/** Adds what one query gives the gradients of its own query, and of the keys and values that it sees. */
function addGradients(d: Sums, qkv: Float64Array, cotangent: Float64Array, query: Query): void {
  const { position, headWidth, at, out } = query;
  const scale = 1 / Math.sqrt(headWidth);
  const attention = attend(qkv, query);
  const dOut = cotangent.subarray(out, out + headWidth);
  const dProbabilities = new Sums(position + 1);
  let mean = 0;
  let meanTerms = 0;
  attention.forEach(({ p, terms }, key) => {
    for (let i = 0; i < headWidth; i++) {
      dProbabilities.add(key, dOut[i]! * qkv[at(2, key) + i]!);
      d.add(at(2, key) + i, p * dOut[i]!, terms * Math.abs(dOut[i]!));
    }
    mean += p * dProbabilities.values[key]!;
    meanTerms += terms * dProbabilities.terms[key]!;
  });
  attention.forEach(({ p, terms }, key) => {
    const dScore = scale * p * (dProbabilities.values[key]! - mean);
    const dScoreTerms = scale * terms * (dProbabilities.terms[key]! + meanTerms);
    for (let i = 0; i < headWidth; i++) {
      const q = qkv[at(0, position) + i]!;
      const k = qkv[at(1, key) + i]!;
      d.add(at(0, position) + i, dScore * k, dScoreTerms * Math.abs(k));
      d.add(at(1, key) + i, dScore * q, dScoreTerms * Math.abs(q));
    }
  });
}
