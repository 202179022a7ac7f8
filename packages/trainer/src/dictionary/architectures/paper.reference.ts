import { addRow, meanSquaredDistance, meanSum, products, reconstruct, type Loss } from './reference.ts';

/** mean |x - x̂|² and mean Σ f, for f = ReLU((x - b_dec) · encoderᵀ + b_enc) and unit decoder rows. */
export const paperLoss: Loss = (t, p, x) => {
  const f = addRow(t, products(t, p, x, true), p.vectors.encoderBias!).map((row) =>
    row.map((pre) => t.relu(pre)),
  );
  return {
    reconstruction: meanSquaredDistance(t, reconstruct(t, f, p, p.decoderBias), x),
    sparsity: meanSum(t, f),
  };
};
