import { auxiliaryLoss } from './auxiliary.reference.ts';
import { addRow, keepLargest, meanSquaredDistance, products, reconstruct, type Loss } from './reference.ts';

export interface TopKCase {
  readonly k: number;
  readonly dead: readonly boolean[];
  readonly auxiliaryK: number;
}

/** mean |x - x̂|² and AuxK, where each row keeps its k largest pre-activations above 0. */
export const topkLoss =
  ({ k, dead, auxiliaryK }: TopKCase): Loss =>
  (t, p, x) => {
    const pre = addRow(t, products(t, p, x, true), p.vectors.encoderBias!);
    const f = pre.flatMap((row) => keepLargest(t, [row], k));
    const reconstruction = reconstruct(t, f, p, p.decoderBias);
    return {
      reconstruction: meanSquaredDistance(t, reconstruction, x),
      auxiliary: auxiliaryLoss(t, p, x, reconstruction, pre, dead, auxiliaryK),
    };
  };
