import { statSync } from 'node:fs';
import type { Gpu } from '@monosema/engine';
import { UsageError } from './cli-error.ts';
import type { Effects } from './effects.ts';
import type { SharedOptions } from './shared-options.ts';

/** What --profile asks for: where a command's time goes. */
export interface CommandProfile {
  /** Watches the GPU that the command opened. @throws {DeviceError} if it has no timestamps */
  attach(gpu: Gpu): void;
  /** Says that a stage begins; what it returns says that it has ended. */
  enter(stage: string): () => void;
  /**
   * Prints the table to standard error, or the same as JSON to standard output, and ends the trace. Measures the
   * adapter's peak if this machine has not before.
   *
   * @param whole false where the command failed or was stopped: then what there is is shown, and nothing measured
   */
  report(effects: Effects, json: boolean, whole: boolean): Promise<void>;
}

/**
 * Starts a profile, or none.
 *
 * @param asked the value of --profile: undefined for none, a file for the trace, or empty
 * @param usual where the trace goes if no file is named; null writes none then
 * @throws {UsageError} if the trace cannot be a file
 */
export async function startProfile(
  asked: string | undefined,
  usual: string | null,
): Promise<CommandProfile | null> {
  if (asked === undefined) return null;
  const path = asked === '' ? usual : asked;
  if (path !== null && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true)
    throw new UsageError(
      `--profile: expected a file for the trace, got the folder ${path}; name a file in it`,
    );
  const { adapterPeak, describeProfile, Profiler, readPeak, summarise, TraceFile } =
    await import('@monosema/engine');
  const trace = path === null ? null : new TraceFile(path);
  const profiler = new Profiler(trace);
  let watched: Gpu | null = null;
  return {
    attach: (gpu) => {
      profiler.attach(gpu);
      watched = gpu;
    },
    enter: (stage) => profiler.enter('stages', stage),
    report: async (effects, json, whole) => {
      const programs = profiler.programs();
      const written = trace?.close() ?? null;
      if (!whole && programs.length === 0) return;
      if (watched !== null) watched.profiler = null;
      const peak = watched === null ? null : whole ? await adapterPeak(watched) : readPeak(watched);
      const summary = summarise(programs, profiler.host(), watched?.name ?? null, peak);
      if (json) effects.out(`${JSON.stringify({ profile: { ...summary, trace: path } })}\n`);
      else effects.err(`${describeProfile(summary)}${written === null ? '' : `${written}\n`}`);
    },
  };
}

/** For commands that run nothing on a GPU: says so where a profile was asked for. */
export async function profileNothing(options: SharedOptions, effects: Effects): Promise<void> {
  const profile = await startProfile(options.profile, null);
  await profile?.report(effects, options.json === true, true);
}
