import { join } from 'node:path';
import { runFolder, type RunFolder } from '../artefacts/run-folder.ts';
import type { ImportedSizes } from '../config/imported-model.ts';
import { loadStudy } from '../config/load.ts';
import type { Study } from '../config/schema.ts';
import { runStudy } from '../pipeline.ts';
import { lastStage, type StageKind } from '../plan-study.ts';
import { UsageError } from './cli-error.ts';
import { lazyDevice } from './device.ts';
import type { Effects } from './effects.ts';
import { duration } from './format.ts';
import { startProfile } from './profile.ts';
import { Reporter } from './progress.ts';
import type { StudyOptions } from './shared-options.ts';
import { stageLine } from './stage-line.ts';

/** Loaded only for a study that imports a model. */
async function sizesOf(folder: string): Promise<ImportedSizes> {
  return (await import('../model/imported-model.ts')).importedSizes(folder);
}

/** Reads a study and names the folder of its run. */
export async function openStudy(
  config: string | undefined,
  options: StudyOptions,
): Promise<{ readonly study: Study; readonly run: RunFolder }> {
  if (options.out === '')
    throw new UsageError('--out: expected the folder of a run, got nothing; name one, or leave --out away');
  const study = await loadStudy(config ?? null, options.set ?? [], sizesOf);
  return { study, run: runFolder(options.out ?? join('out', study.name)) };
}

/** Runs a study's stages up to a kind, or all of them; results as JSON where asked for, words to standard error. */
export async function runUntil(
  until: StageKind | null,
  config: string | undefined,
  options: StudyOptions,
  effects: Effects,
): Promise<void> {
  const { study, run } = await openStudy(config, options);
  const reporter = new Reporter(effects, options.quiet === true);
  const say = (line: string): void => reporter.say(line);
  const started = effects.now();
  const profile = await startProfile(options.profile, join(run.shown, 'trace.json'));
  const device = lazyDevice({ ...options, kernels: study.kernels }, say, (gpu) => profile?.attach(gpu));
  let leaveStage: (() => void) | undefined;
  let whole = false;
  try {
    const results = await runStudy(
      study,
      run,
      until ?? lastStage(study),
      {
        say,
        progress: (stage, progress) => reporter.progress(stage, progress),
        started: (stage) => {
          leaveStage = profile?.enter(stage);
        },
        finished: ({ stage, folder, hash, seconds, facts }, upToDate) => {
          if (!upToDate) leaveStage?.();
          if (!upToDate) say(`${stage}: done in ${duration(seconds)}`);
          if (options.json === true)
            effects.out(stageLine({ stage, upToDate, folder, hash, seconds, facts }));
        },
        now: effects.now,
        signal: effects.signal,
      },
      device.open,
    );
    if (options.json !== true) say(ending(study.name, results, run.shown, (effects.now() - started) / 1000));
    whole = true;
  } finally {
    reporter.clear();
    try {
      await profile?.report(effects, options.json === true, whole);
    } finally {
      device.close();
    }
  }
}

function ending(study: string, stages: readonly unknown[], folder: string, seconds: number): string {
  const count = stages.length === 1 ? '1 stage' : `all ${stages.length} stages`;
  return `${study}: ${count} done in ${folder}, ${duration(seconds)}`;
}
