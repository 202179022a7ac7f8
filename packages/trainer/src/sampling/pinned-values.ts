import { PinError, type PinRequest } from './parse-pins.ts';

/**
 * The activation that each pin holds its feature at; `max` is the largest that the analysis saw.
 *
 * @param largest what that is, for a feature of a dictionary
 * @throws {PinError} where `max` is asked of a feature that never fired, which holding would leave as it is
 */
export async function pinnedValues(
  pins: readonly PinRequest[],
  largest: (dictionary: string, feature: number) => Promise<number>,
): Promise<number[]> {
  const values: number[] = [];
  for (const { dictionary, feature, value } of pins) {
    const held = value === 'max' ? await largest(dictionary, feature) : value;
    if (value === 'max' && held === 0)
      throw new PinError(
        `sample: expected a feature that was active in the analysis, got ${dictionary}:${feature}=max, which never was; give a number instead of max, or another feature`,
      );
    values.push(held);
  }
  return values;
}
