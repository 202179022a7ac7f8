/** Powers of ten that are exact in float64. */
const POWERS = Array.from({ length: 23 }, (_, n) => Number(`1e${n}`));
/** Nearer than this to the middle of two decimals, the digits themselves decide. */
const DOUBT = 1e-6;

/**
 * A number to some significant digits: what `Number(value.toPrecision(digits))` gives, without the text where that can
 * be told. Of n / 10^d, both exact, the quotient is the float64 nearest to the decimal, which is also what a text is read as.
 *
 * @param digits at most 9
 */
export function toDigits(value: number, digits: number): number {
  if (value === 0) return 0;
  const size = Math.abs(value);
  const decimals = digits - 1 - Math.floor(Math.log10(size));
  if (decimals >= 0 && decimals < POWERS.length) {
    const scaled = size * POWERS[decimals]!;
    const whole = Math.round(scaled);
    // A power of ten just missed or just reached has a digit too few or too many.
    const isSure = Math.abs(scaled - Math.floor(scaled) - 0.5) > DOUBT && scaled >= POWERS[digits - 1]! + 1;
    if (isSure && whole < POWERS[digits]!) return (value < 0 ? -whole : whole) / POWERS[decimals]!;
  }
  return Number(value.toPrecision(digits));
}
