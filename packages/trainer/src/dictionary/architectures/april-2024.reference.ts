import {
  addRow,
  meanSquaredDistance,
  meanSum,
  products,
  reconstruct,
  rowNorms,
  type Loss,
} from './reference.ts';

/** mean |x - x̂|² and mean Σ f·|w|, for f = ReLU(x · encoderᵀ + b_enc) and decoder rows w of any norm. */
export const april2024Loss =
  (preEncoderBias = false): Loss =>
  (t, p, x) => {
    const f = addRow(t, products(t, p, x, preEncoderBias), p.vectors.encoderBias!).map((row) =>
      row.map((pre) => t.relu(pre)),
    );
    return {
      reconstruction: meanSquaredDistance(t, reconstruct(t, f, p, p.decoderBias), x),
      sparsity: meanSum(t, f, rowNorms(t, p)),
    };
  };
