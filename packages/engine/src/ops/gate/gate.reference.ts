import { Sums } from '../../testing/reference.ts';

/** Gated activations (B,F) of u (B,F), then the rectified gates (B,F): see gate. */
export function gateReference(
  u: Float64Array,
  gateBias: Float64Array,
  magnitudeBias: Float64Array,
  magnitudeLogScale: Float64Array,
): Sums {
  const features = gateBias.length;
  const f = new Sums(2 * u.length);
  u.forEach((value, i) => {
    const j = i % features;
    const open = value + gateBias[j]!;
    const scaled = Math.exp(magnitudeLogScale[j]!) * value;
    const terms = Math.abs(scaled) + Math.abs(magnitudeBias[j]!);
    f.add(i, open > 0 ? Math.max(scaled + magnitudeBias[j]!, 0) : 0, terms);
    f.add(u.length + i, Math.max(open, 0), Math.abs(value) + Math.abs(gateBias[j]!));
  });
  return f;
}
