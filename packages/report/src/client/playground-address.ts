/** A feature that is held, at a multiple of the largest activation that the analysis saw. */
export interface Pin {
  readonly feature: number;
  readonly times: number;
}

/** What an address asks of the playground: pins as `?pin=A/1:12` or `?pin=A/1:12*2`, all of one dictionary. */
export function readAddress(search: string, ids: readonly string[]): { id: string; pins: Pin[] } {
  const parameters = new URLSearchParams(search);
  const asked = parameters.getAll('pin').flatMap((text) => {
    const [, id = '', feature, times = '1'] = /^([^:]+):(\d+)(?:\*(-?\d+(?:\.\d+)?))?$/.exec(text) ?? [];
    return ids.includes(id) ? [{ id, feature: Number(feature), times: Number(times) }] : [];
  });
  const named = parameters.get('dictionary') ?? '';
  const id = asked[0]?.id ?? (ids.includes(named) ? named : (ids[0] ?? ''));
  const pins = new Map(asked.filter((pin) => pin.id === id).map((pin) => [pin.feature, pin.times]));
  return { id, pins: Array.from(pins, ([feature, times]) => ({ feature, times })) };
}

/** The same, from what is chosen. */
export function writeAddress(id: string, pins: readonly Pin[], first: string): string {
  const parts =
    pins.length > 0
      ? pins.map(({ feature, times }) => `pin=${id}:${feature}${times === 1 ? '' : `*${times}`}`)
      : id === first
        ? []
        : [`dictionary=${id}`];
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}
