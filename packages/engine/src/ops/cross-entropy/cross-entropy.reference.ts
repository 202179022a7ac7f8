import { Sums, type OpReference } from '../../testing/reference.ts';

/** loss (N) = log Σ_v exp(logits_nv) - logits_n,target, in nats. */
export function crossEntropyReference(targets: Uint32Array, vocabulary: number): OpReference<'logits'> {
  // The sum takes at most V steps. WGSL gives exp 3 + 2|x| units in the last place, and log an absolute error of
  // 2⁻²¹: both are in the terms below, the 3 and the 8 here.
  const c = vocabulary + 16;
  const rows = targets.length;
  return {
    roundings: { output: c, logits: c },
    forward({ logits }) {
      const loss = new Sums(rows);
      targets.forEach((target, n) => {
        const row = logits.subarray(n * vocabulary, (n + 1) * vocabulary);
        loss.add(n, logSum(row), logSumTerms(row));
        loss.add(n, -row[target]!);
      });
      return loss;
    },
    backward({ logits }, cotangent) {
      const d = new Sums(rows * vocabulary);
      targets.forEach((target, n) => {
        const row = logits.subarray(n * vocabulary, (n + 1) * vocabulary);
        const total = logSum(row);
        const totalTerms = logSumTerms(row);
        row.forEach((logit, v) => {
          const probability = Math.exp(logit - total);
          // An error of the exponent is a relative one of the probability.
          d.add(
            n * vocabulary + v,
            cotangent[n]! * probability,
            Math.abs(cotangent[n]!) * probability * (1 + Math.abs(logit) + totalTerms),
          );
        });
        d.add(n * vocabulary + target, -cotangent[n]!);
      });
      return { logits: d };
    },
  };
}

function logSum(row: Float64Array): number {
  const top = Math.max(...row);
  return top + Math.log(row.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
}

/** max + log Σ exp(x - max): the two summands, and the error of the sum relative to itself, which the log makes absolute. */
function logSumTerms(row: Float64Array): number {
  const top = Math.max(...row);
  const total = logSum(row);
  const relative = row.reduce((sum, logit) => sum + Math.exp(logit - total) * (1 + top - logit), 0);
  return Math.abs(top) + (total - top) + 1 + relative;
}
