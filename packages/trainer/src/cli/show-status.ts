import { studyStanding, type PlannedStanding } from '../pipeline.ts';
import type { Effects } from './effects.ts';
import { duration, fileSize } from './format.ts';
import { openStudy } from './run-until.ts';
import type { StudyOptions } from './shared-options.ts';
import { stageLine } from './stage-line.ts';

/** Prints one line a stage: how it stands, how long it took, what it left. */
export async function showStatus(
  config: string | undefined,
  options: StudyOptions,
  effects: Effects,
): Promise<void> {
  const { study, run } = await openStudy(config, options);
  const standings = await studyStanding(study, run);
  if (options.json === true) {
    for (const { stage, folder, state, reason, record } of standings) {
      const [seconds, facts] = [record?.seconds ?? null, record?.facts ?? null];
      effects.out(stageLine({ stage, folder, state, reason, seconds, facts }));
    }
    return;
  }
  const width = Math.max(...standings.map(({ stage }) => stage.length));
  for (const standing of standings) effects.out(`${standing.stage.padEnd(width)}  ${describe(standing)}\n`);
}

function describe({ state, reason, record, folder }: PlannedStanding): string {
  const bytes = record?.outputs.reduce((sum, output) => sum + output.bytes, 0) ?? 0;
  switch (state) {
    case 'up to date':
      return `up to date    ${duration(record?.seconds ?? 0).padStart(6)}  ${fileSize(bytes).padStart(8)}  ${folder}`;
    case 'changed':
      return `to be redone  ${reason}`;
    case 'interrupted':
      return `interrupted   after ${duration(record?.seconds ?? 0)}; run goes on from there`;
    case 'missing':
      return 'not run yet';
  }
}
