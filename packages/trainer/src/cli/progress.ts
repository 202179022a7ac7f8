import type { Progress } from '../artefacts/stage-context.ts';
import type { Effects } from './effects.ts';
import { duration, shortNumber } from './format.ts';

/** Between two lines where a line cannot be rewritten, and between two rewrites where it can. */
const LINE_MS = 10_000;
const REWRITE_MS = 100;

/**
 * Shows how a run is getting on: on a terminal one line that is rewritten, elsewhere a line every 10 seconds.
 * The rate is the mean since the stage began in this process, or since it began to count anew.
 */
export class Reporter {
  readonly #effects: Effects;
  readonly #quiet: boolean;
  #stage = '';
  #start = { at: 0, done: 0 };
  #done = 0;
  #shown = 0;
  #ended = false;
  #live = false;

  /** @param quiet true says nothing at all */
  constructor(effects: Effects, quiet: boolean) {
    this.#effects = effects;
    this.#quiet = quiet;
  }

  /** A line that stays. */
  say(line: string): void {
    this.clear();
    if (!this.#quiet) this.#effects.err(`${line}\n`);
  }

  progress(stage: string, progress: Progress): void {
    if (this.#quiet) return;
    const { isTty } = this.#effects;
    const now = this.#effects.now();
    const begins = stage !== this.#stage || progress.done < this.#done;
    this.#done = progress.done;
    if (begins) {
      this.#stage = stage;
      this.#start = { at: now, done: progress.done };
      this.#shown = now;
      this.#ended = false;
    }
    // The last of a count is said at once, but once: what follows it may take a while.
    const ends = progress.done === progress.total && !this.#ended;
    this.#ended ||= ends;
    if (!ends && now - this.#shown < (isTty ? REWRITE_MS : LINE_MS)) return;
    this.#shown = now;
    const line = progressLine(stage, progress, { ...this.#start, now });
    if (!isTty) return this.#effects.err(`${line}\n`);
    this.#effects.err(`\r\u001b[2K${line.slice(0, this.#effects.columns() - 1)}`);
    this.#live = true;
  }

  /** Takes the live line away, so that something else can be written. */
  clear(): void {
    if (this.#live) this.#effects.err('\r\u001b[2K');
    this.#live = false;
  }
}

/** `train-model A  120K/512K tokens · loss 5.341 · 24.1K tokens/s · 14m22s left` */
export function progressLine(
  stage: string,
  { done, total, unit, values = {} }: Progress,
  { at, done: from, now }: { readonly at: number; readonly done: number; readonly now: number },
): string {
  const percent = unit === 'percent';
  const count = total === null || percent ? shortNumber(done) : `${shortNumber(done)}/${shortNumber(total)}`;
  const parts = [`${count} ${unit}`];
  for (const [name, value] of Object.entries(values)) parts.push(`${name} ${Number(value.toPrecision(4))}`);
  const seconds = (now - at) / 1000;
  if (seconds > 0 && done > from) {
    const rate = (done - from) / seconds;
    if (!percent) parts.push(`${shortNumber(rate)} ${unit}/s`);
    if (total !== null && done < total) parts.push(`${duration((total - done) / rate)} left`);
  }
  return `${stage}  ${parts.join(' · ')}`;
}
