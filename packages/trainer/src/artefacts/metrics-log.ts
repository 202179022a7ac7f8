import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/** What a line may hold: numbers, names, and lists or groups of them; null for what could not be measured. */
export type Measured = number | string | null | readonly Measured[] | { readonly [name: string]: Measured };

/**
 * Measurements of a run as JSON lines, one object a logged step, appended as they come. A resumed run goes on in
 * the same file, so a step may stand twice: the later line holds. Where lines are of several kinds, `event` says which.
 */
export class MetricsLog {
  readonly #file: number;

  /** @param path made with its folders if missing */
  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    this.#file = openSync(path, 'a');
  }

  /**
   * Writes one line; it is in the file when this returns.
   *
   * @throws {RangeError} if a number is not finite: JSON would say null, and hide what went wrong
   */
  append(step: Readonly<Record<string, Measured>>): void {
    for (const [name, value] of Object.entries(step)) checkFinite(name, value);
    writeSync(this.#file, `${JSON.stringify(step)}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}

function checkFinite(name: string, value: Measured): void {
  if (typeof value === 'number' && !Number.isFinite(value))
    throw new RangeError(`metrics: expected a finite ${name}, got ${value}`);
  if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value) as Measured[]) checkFinite(name, item);
}
