import { Sums, type OpReference } from '../../testing/reference.ts';
import { crossEntropyReference } from '../cross-entropy/cross-entropy.reference.ts';
import { unembedReference } from '../linear/linear.reference.ts';

/** The composition of unembed and crossEntropy: x (N,D), w (V,D) -> loss (N). */
export function unembedCrossEntropyReference(
  targets: Uint32Array,
  width: number,
  vocabulary: number,
): OpReference<'x' | 'w'> {
  const rows = targets.length;
  const product = unembedReference(rows, width, vocabulary);
  const entropy = crossEntropyReference(targets, vocabulary);
  // Logits carry the roundings of their sums into the exponent, and the last sums add their own.
  const roundings = product.roundings.output + entropy.roundings.output;
  return {
    roundings: {
      output: roundings,
      x: roundings + product.roundings.x,
      w: roundings + product.roundings.w,
    },
    forward(inputs) {
      const logits = product.forward(inputs);
      const plain = entropy.forward({ logits: logits.values });
      const loss = new Sums(rows);
      plain.values.forEach((value, n) => {
        const row = logits.terms.subarray(n * vocabulary, (n + 1) * vocabulary);
        // An error of the logits moves the loss by as much at most, at the target and on average over the others.
        loss.add(n, value, plain.terms[n]! + 2 * Math.max(...row));
      });
      return loss;
    },
    backward(inputs, cotangent) {
      const logits = product.forward(inputs);
      const d = entropy.backward({ logits: logits.values }, cotangent).logits;
      const exact = product.backward(inputs, d.values);
      // The errors of each logit's gradient: its own, and those that the logits bring through the exponent.
      const errors = d.terms.map((terms, index) => {
        const n = Math.floor(index / vocabulary);
        const row = logits.terms.subarray(n * vocabulary, (n + 1) * vocabulary);
        return terms + 2 * Math.abs(d.values[index]!) * Math.max(...row);
      });
      const sizes = { x: inputs.x.map(Math.abs), w: inputs.w.map(Math.abs) };
      const spread = product.backward(sizes, errors);
      return {
        x: { values: exact.x.values, terms: spread.x.values },
        w: { values: exact.w.values, terms: spread.w.values },
      };
    },
  };
}
