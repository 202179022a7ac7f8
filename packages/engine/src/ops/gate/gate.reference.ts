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
