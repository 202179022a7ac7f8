import type { Example } from '@monosema/trainer/records';
import type { Unit } from './vocabulary.ts';

const POWERS = Array.from({ length: 10 }, (_, i) => 10 ** i);

/** A value to three significant digits, as JSON. Every page has hundreds of them. */
export function short(value: number): string {
  const size = Math.abs(value);
  if (size >= 1 && size < 1000) {
    const decimals = size < 10 ? 2 : size < 100 ? 1 : 0;
    const power = POWERS[decimals]!;
    return String(Math.round(value * power) / power);
  }
  if (size < 1 && size >= 1e-6) {
    const decimals = size >= 0.1 ? 3 : size >= 0.01 ? 4 : size >= 0.001 ? 5 : size >= 1e-4 ? 6 : 8;
    const power = POWERS[decimals]!;
    return String(Math.round(value * power) / power);
  }
  return String(Number(value.toPrecision(3)));
}

/** The parts of a unit as JSON: token, activation and, where there is one, loss change of each. */
export function unitValues(example: Example, { from, to }: Unit, logits?: (at: number) => string): string {
  let json = '';
  for (let i = from; i < to; i++) {
    const change = example.lossChange[i];
    json += `${i > from ? ',' : ''}[${example.tokens[i]},${short(example.activations[i] ?? 0)}`;
    if (change !== null && change !== undefined) json += `,${short(change)}${logits?.(i) ?? ''}`;
    json += ']';
  }
  return `[${json}]`;
}
