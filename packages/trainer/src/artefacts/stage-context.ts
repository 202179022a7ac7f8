import type { Gpu } from '@monosema/engine';
import type { Study } from '../config/schema.ts';
import type { RunFolder } from './run-folder.ts';
import type { StageResult } from './stage-file.ts';

/** How far a stage is; the command turns it into one live line with the rate and the time left. */
export interface Progress {
  readonly done: number;
  /** null where it is not known beforehand */
  readonly total: number | null;
  /** what is counted, in the plural: tokens, vectors, documents; percent where the parts are unlike */
  readonly unit: string;
  /** shown by name, as loss, L0, dead */
  readonly values?: Readonly<Record<string, number>>;
}

/** What a run tells while it works, and what it must watch. */
export interface RunEffects {
  /** One line for people. */
  say(line: string): void;
  progress(stage: string, progress: Progress): void;
  /** Told of every stage that is not up to date, when its work begins. */
  started(stage: string): void;
  /** Told of every stage, whether it ran now or was up to date. */
  finished(result: StageResult, upToDate: boolean): void;
  /** Milliseconds since any fixed moment. */
  readonly now: () => number;
  /** Aborted with an Interrupted as its reason when the user asks to stop. */
  readonly signal: AbortSignal;
}

/** Facts about a finished stage that later stages and the records read; JSON. */
export type Facts = Readonly<Record<string, unknown>>;

/**
 * All that a stage is handed. A long stage looks at `signal` between steps; once it is aborted it writes its
 * state into `checkpoint` and throws `signal.reason`. What lies in `checkpoint` when it starts was left by the
 * same stage with the same configuration, inputs and code.
 */
export interface StageContext extends Omit<RunEffects, 'progress' | 'started' | 'finished'> {
  progress(progress: Progress): void;
  readonly study: Study;
  readonly run: RunFolder;
  /** letter of the model that the stage is about, as A; null where it is about all */
  readonly model: string | null;
  /** where the stage's files go; exists */
  readonly folder: string;
  /** where an unfinished stage keeps its state; exists, removed when the stage ends */
  readonly checkpoint: string;
  /** of all that is random in the stage; differs by stage and model */
  readonly seed: number;
  /** the stages it depends on, finished, with their facts */
  readonly inputs: readonly StageResult[];
  /**
   * the GPU of the run, opened by the first who asks; whoever opened it closes it, no stage does. Once it is lost,
   * this gives another: a stage that fails on a lost device is started again, and goes on from `checkpoint`
   */
  device(): Promise<Gpu>;
}

/** A stage: does the work, and returns what it found out. */
export type StageWork = (context: StageContext) => Promise<Facts>;
