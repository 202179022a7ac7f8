/** Steps of the activation scale; each has a letter in the names of token elements, a to j. */
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

/**
 * Name of the element that a shown token is: a letter for its shade (`o` for none, `a` to `j`), a hyphen, which makes
 * it a custom element that HTML allows without a definition, and a digit for its effect (1 to 3 helped, 4 to 6 hurt).
 * A page has up to a thousand of them, and half of a class attribute's bytes would be too many.
 */
export function tokenElement(level: number, step = 0): string {
  return `${'oabcdefghij'.charAt(level)}-${step === 0 ? '' : step > 0 ? step : 3 - step}`;
}
