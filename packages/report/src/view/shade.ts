/** Steps of the activation scale; the style sheet has a class for each, a1 to a10. */
export const SHADES = 10;

/**
 * Shade of an activation: 0 when inactive, otherwise 1 to 10. The scale is log10(1 + 9r) of the activation's share r
 * of the feature's largest, so that weak activations stay visible.
 */
export function shade(activation: number, largest: number): number {
  if (activation <= 0 || largest <= 0) return 0;
  return Math.max(1, Math.ceil(Math.log10(1 + 9 * Math.min(1, activation / largest)) * SHADES - 1e-9));
}

/** Bounds, in nats, of the steps in which loss effects are underlined. */
export const EFFECT_STEPS = [0.02, 0.1, 0.5] as const;

/** Step of a loss effect with its sign: 1 to 3 where the feature helped, -1 to -3 where it hurt, 0 below the first. */
export function effectStep(lossChange: number | null): number {
  if (lossChange === null) return 0;
  const step = EFFECT_STEPS.filter((bound) => Math.abs(lossChange) >= bound).length;
  return lossChange < 0 ? -step : step;
}
