import { closeSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';

/**
 * Measurements of a run as JSON lines, one object a logged step, appended as they come. A resumed run goes on in
 * the same file, so a step may stand twice: the later line holds.
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
   * @throws {RangeError} if a value is not finite: a log that says null hides what went wrong
   */
  append(step: Readonly<Record<string, number>>): void {
    for (const [name, value] of Object.entries(step))
      if (!Number.isFinite(value)) throw new RangeError(`metrics: expected a finite ${name}, got ${value}`);
    writeSync(this.#file, `${JSON.stringify(step)}\n`);
  }

  [Symbol.dispose](): void {
    closeSync(this.#file);
  }
}
