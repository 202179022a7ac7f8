import { auxiliaryLoss } from './auxiliary.reference.ts';
import { addRow, keepLargest, meanSquaredDistance, products, reconstruct, type Loss } from './reference.ts';
import type { TopKCase } from './topk.reference.ts';

/** mean |x - x̂|² and AuxK, where the batch keeps its k·B largest pre-activations above 0. */
export const batchtopkLoss =
  ({ k, dead, auxiliaryK }: TopKCase): Loss =>
  (t, p, x) => {
    const pre = addRow(t, products(t, p, x, true), p.vectors.encoderBias!);
    const reconstruction = reconstruct(t, keepLargest(t, pre, k * x.length), p, p.decoderBias);
    return {
      reconstruction: meanSquaredDistance(t, reconstruction, x),
      auxiliary: auxiliaryLoss(t, p, x, reconstruction, pre, dead, auxiliaryK),
    };
  };
