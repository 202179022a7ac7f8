import {
  addRow,
  meanSquaredDistance,
  meanSum,
  products,
  reconstruct,
  rowNorms,
  type Loss,
} from './reference.ts';

/**
 * mean |x - x̂|², mean Σ ReLU(gate)·|w| and mean |x - x̂ᵍ|², for gate = u + gateBias, f = ReLU(exp(r)·u + b_mag)
 * where the gate is above 0, and x̂ᵍ what a frozen copy of the decoder makes of the rectified gates (Rajamanoharan et
 * al. 2024, equation 8). With unit rows |w| is left out: its gradient is along the row.
 *
 * @param frozen false leaves the decoder its gradient through x̂ᵍ, as SAELens does
 */
export const gatedLoss =
  (rows: 'unit' | 'free' = 'unit', frozen = true): Loss =>
  (t, p, x) => {
    const { gateBias, magnitudeBias, magnitudeLogScale } = p.vectors;
    const u = products(t, p, x, true);
    const gate = addRow(t, u, gateBias!);
    const scale = magnitudeLogScale!.map((value) => t.exp(value));
    const f = u.map((row, b) =>
      row.map((value, j) => {
        const magnitude = t.sum([t.multiply(value, scale[j]!), magnitudeBias![j]!]);
        return gate[b]![j]!.value > 0 ? t.relu(magnitude) : t.leaf(0);
      }),
    );
    const open = gate.map((row) => row.map((value) => t.relu(value)));
    const held = (row: typeof p.decoderBias) => row.map((value) => (frozen ? t.detach(value) : value));
    const copy = { decoder: p.decoder.map(held) };
    return {
      reconstruction: meanSquaredDistance(t, reconstruct(t, f, p, p.decoderBias), x),
      sparsity: meanSum(t, open, rows === 'unit' ? null : rowNorms(t, p)),
      auxiliary: meanSquaredDistance(t, reconstruct(t, open, copy, held(p.decoderBias)), x),
    };
  };
