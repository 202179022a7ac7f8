import type { Samples, Wanted } from './library.ts';

/** What a library must have computed in its first run, in float64, for entries drawn at random. */
export interface Check {
  readonly wanted: Wanted;
  /** @throws {Error} naming the library, the entry and both values */
  readonly verify: (library: string, samples: Samples) => void;
}

/** @param want value and allowed difference of an entry */
export function entries(
  name: string,
  indices: readonly number[],
  want: (index: number) => readonly [number, number],
): Check {
  const wanted = indices.map(want);
  return {
    wanted: { [name]: indices },
    verify: (library, samples) => {
      indices.forEach((index, i) => {
        const [value, allowed] = wanted[i]!;
        const got = samples[name]![i]!;
        if (!(Math.abs(got - value) <= allowed))
          throw new Error(`${library}: expected ${value} for ${name} at ${index}, got ${got}`);
      });
    },
  };
}

export function both(...checks: readonly Check[]): Check {
  return {
    wanted: Object.assign({}, ...checks.map(({ wanted }) => wanted)) as Wanted,
    verify: (library, samples) => {
      for (const { verify } of checks) verify(library, samples);
    },
  };
}
