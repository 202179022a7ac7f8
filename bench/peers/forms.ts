import type { Prepared } from './library.ts';

/**
 * A dense step is five products. A gathered one is a product that says which features are active, and then only their
 * rows of both matrices are gathered, and the gradients scattered: exact where no vector has more active ones.
 */
export type DictionaryForm = 'dense' | 'gathered';

/** A step so long is not run again before it counts. */
const LONG_MS = 2000;
/** What compiles in the first run is little beside one so long: it counts itself, and rounds need not be three. */
export const LONGEST_MS = 15_000;

/** Which form of a step is faster depends on the adapter: the faster one counts. All their times go to stderr. */
export async function faster<Form extends string>(
  forms: readonly Form[],
  prepared: (form: Form) => Promise<Prepared>,
): Promise<Prepared> {
  const times: [number, Form][] = [];
  for (const form of forms) {
    const trial = await prepared(form);
    const run = async (): Promise<number> => {
      const start = performance.now();
      await trial.run();
      return performance.now() - start;
    };
    // The first compiles, the second fills pools: little beside a long one.
    const first = await run();
    const second = first < LONGEST_MS ? await run() : first;
    times.push([second < LONG_MS ? await run() : second, form]);
    trial.free();
  }
  times.sort(([a], [b]) => a - b);
  process.stderr.write(`${times.map(([time, form]) => `${form} ${time.toFixed(1)} ms`).join(', ')}\n`);
  const form = times[0]![1];
  return { ...(await prepared(form)), form };
}
