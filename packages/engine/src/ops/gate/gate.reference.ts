import { Sums } from '../../testing/reference.ts';

/** Gated activations of u (B,F), and how far the gates are open: see gate and openGates. */
export function gateReference(
  u: Float64Array,
  gateBias: Float64Array,
  magnitudeBias: Float64Array,
  magnitudeLogScale: Float64Array,
): { readonly f: Sums; readonly gates: Float64Array } {
  const features = gateBias.length;
  const f = new Sums(u.length);
  const gates = u.map((value, i) => Math.max(value + gateBias[i % features]!, 0));
  u.forEach((value, i) => {
    const j = i % features;
    const scaled = Math.exp(magnitudeLogScale[j]!) * value;
    const terms = Math.abs(scaled) + Math.abs(magnitudeBias[j]!);
    f.add(i, gates[i]! > 0 ? Math.max(scaled + magnitudeBias[j]!, 0) : 0, terms);
  });
  return { f, gates };
}

/** h (B,F) · exp(magnitudeLogScale) where `marker` (B,F) is positive, h elsewhere. */
export function scaleByMagnitudeReference(
  h: Float64Array,
  marker: Float64Array,
  magnitudeLogScale: Float64Array,
): Sums {
  const scaled = new Sums(h.length);
  h.forEach((value, i) => {
    const scale = marker[i]! > 0 ? Math.exp(magnitudeLogScale[i % magnitudeLogScale.length]!) : 1;
    scaled.add(i, scale * value);
  });
  return scaled;
}

/** See gateGradients; all (F). */
export function gateGradientsReference(
  sumH: Float64Array,
  sumFH: Float64Array,
  sumK: Float64Array,
  magnitudeBias: Float64Array,
  magnitudeLogScale: Float64Array,
): { readonly dLogScale: Sums; readonly through: Sums } {
  const dLogScale = new Sums(sumH.length);
  const through = new Sums(sumH.length);
  sumH.forEach((sum, j) => {
    dLogScale.add(j, sumFH[j]!);
    dLogScale.add(j, -magnitudeBias[j]! * sum);
    through.add(j, Math.exp(magnitudeLogScale[j]!) * sum);
    through.add(j, sumK[j]!);
  });
  return { dLogScale, through };
}
