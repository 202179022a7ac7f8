import { auxiliaryLoss } from './auxiliary.reference.ts';
import { addRow, keepLargest, meanSquaredDistance, products, reconstruct, type Loss } from './reference.ts';
import type { TopKCase } from './topk.reference.ts';

/**
 * The mean over prefixes of mean |x - x̂ᵍ|², where x̂ᵍ has the first features alone, and AuxK on what all of them
 * leave; the batch keeps its k·B largest pre-activations above 0.
 *
 * @param prefixes how many features each prefix has, ascending; the last is all
 */
export const matryoshkaLoss =
  ({ k, dead, auxiliaryK, prefixes }: TopKCase & { readonly prefixes: readonly number[] }): Loss =>
  (t, p, x) => {
    const pre = addRow(t, products(t, p, x, true), p.vectors.encoderBias!);
    const f = keepLargest(t, pre, k * x.length);
    const reconstructions = prefixes.map((features) => reconstruct(t, f, p, p.decoderBias, features));
    const distances = reconstructions.map((reconstruction) => meanSquaredDistance(t, reconstruction, x));
    return {
      prefixes: t.sum(distances, 1 / prefixes.length),
      auxiliary: auxiliaryLoss(t, p, x, reconstructions.at(-1)!, pre, dead, auxiliaryK),
    };
  };
