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
export function causalAttentionReference({
  sequences,
  context,
  heads,
  headWidth,
}: AttentionSizes): OpReference<'qkv'> {
  const width = heads * headWidth;
  const scale = 1 / Math.sqrt(headWidth);
  /** Place in qkv of one head's query (part 0), key (1) or value (2) at a position. */
  const at = (part: number, sequence: number, head: number, position: number) =>
    (sequence * context + position) * 3 * width + part * width + head * headWidth;
  const place = (sequence: number, head: number, position: number) =>
    (sequence * context + position) * width + head * headWidth;

  /**
   * Probabilities of one query over the keys it sees. An error of a score is a relative one of its probability, and
   * so is one of the sum, which is a mean over the scores: hence the terms.
   */
  function attend(qkv: Float64Array, sequence: number, head: number, query: number) {
    const scores = new Sums(query + 1);
    for (let key = 0; key <= query; key++) {
      for (let i = 0; i < headWidth; i++) {
        scores.add(
          key,
          scale * qkv[at(0, sequence, head, query) + i]! * qkv[at(1, sequence, head, key) + i]!,
        );
      }
    }
    const top = Math.max(...scores.values);
    const exponentials = scores.values.map((score) => Math.exp(score - top));
    const total = exponentials.reduce((sum, value) => sum + value, 0);
    const highest = Math.max(...scores.terms);
    return Array.from(exponentials, (value, key) => ({
      p: value / total,
      terms: (value / total) * (1 + scores.terms[key]! + 2 * highest),
    }));
  }

  return {
    // The score's sum, the softmax's on at least four lanes with about a dozen operations, and the sum over keys;
    // backward passes through the first two again.
    roundings: {
      output: headWidth + context / 4 + 16 + context,
      qkv: 2 * headWidth + context / 2 + 32 + 2 * context,
    },
    forward({ qkv }) {
      const y = new Sums(sequences * context * width);
      for (let s = 0; s < sequences; s++)
        for (let h = 0; h < heads; h++)
          for (let query = 0; query < context; query++) {
            attend(qkv, s, h, query).forEach(({ p, terms }, key) => {
              for (let i = 0; i < headWidth; i++) {
                const value = qkv[at(2, s, h, key) + i]!;
                y.add(place(s, h, query) + i, p * value, terms * Math.abs(value));
              }
            });
          }
      return y;
    },
    backward({ qkv }, cotangent) {
      const d = new Sums(qkv.length);
      for (let s = 0; s < sequences; s++)
        for (let h = 0; h < heads; h++)
          for (let query = 0; query < context; query++) {
            const attention = attend(qkv, s, h, query);
            const dOut = cotangent.subarray(place(s, h, query), place(s, h, query) + headWidth);
            const dProbabilities = new Sums(query + 1);
            let mean = 0;
            let meanTerms = 0;
            attention.forEach(({ p, terms }, key) => {
              for (let i = 0; i < headWidth; i++) {
                dProbabilities.add(key, dOut[i]! * qkv[at(2, s, h, key) + i]!);
                d.add(at(2, s, h, key) + i, p * dOut[i]!, terms * Math.abs(dOut[i]!));
              }
              mean += p * dProbabilities.values[key]!;
              meanTerms += terms * dProbabilities.terms[key]!;
            });
            attention.forEach(({ p, terms }, key) => {
              const dScore = scale * p * (dProbabilities.values[key]! - mean);
              const dScoreTerms = scale * terms * (dProbabilities.terms[key]! + meanTerms);
              for (let i = 0; i < headWidth; i++) {
                const q = qkv[at(0, s, h, query) + i]!;
                const k = qkv[at(1, s, h, key) + i]!;
                d.add(at(0, s, h, query) + i, dScore * k, dScoreTerms * Math.abs(k));
                d.add(at(1, s, h, key) + i, dScore * q, dScoreTerms * Math.abs(q));
              }
            });
          }
      return { qkv: d };
    },
  };
}
