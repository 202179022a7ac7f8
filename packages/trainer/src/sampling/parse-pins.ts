/** A feature and what to hold it at; `max` is its largest activation. */
export interface PinRequest {
  readonly dictionary: string;
  readonly feature: number;
  readonly value: number | 'max';
}

/** A pin that is not written as one. */
export class PinError extends Error {
  override name = 'UsageError';
}

/**
 * Reads pins, each as `A/1:123=max` or `A/1:123=2.5`.
 *
 * @throws {PinError} on anything else, and on a feature that is pinned twice
 */
export function parsePins(texts: readonly string[]): PinRequest[] {
  const pins = texts.map((text): PinRequest => {
    const match = /^([A-Z]\/\d+):(\d+)=(max|-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/i.exec(text);
    if (match === null)
      throw new PinError(
        `sample: expected a pin as A/1:123=max or A/1:123=2.5, got "${text}"; write dictionary, feature and activation so`,
      );
    const [, dictionary, feature, value] = match;
    const held = value!.toLowerCase() === 'max' ? 'max' : Number(value);
    if (held !== 'max' && !Number.isFinite(Math.fround(held)))
      throw new PinError(
        `sample: expected an activation that 32 bits can hold, got ${value} in "${text}"; give a smaller one, such as max`,
      );
    return { dictionary: dictionary!, feature: Number(feature), value: held };
  });
  const names = pins.map(({ dictionary, feature }) => `${dictionary}:${feature}`);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new PinError(`sample: expected each feature once, got ${twice} twice; leave one of them out`);
  return pins;
}
