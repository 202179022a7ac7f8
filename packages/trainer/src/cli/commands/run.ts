import { Command } from 'commander';
import type { Effects } from '../effects.ts';
import { addStudyOptions, type StudyOptions } from '../shared-options.ts';

/** `monosema run`: the whole study. */
export function runCommand(effects: Effects): Command {
  return addStudyOptions(new Command('run'))
    .description('run a study: every stage that is not up to date')
    .action(async (config: string | undefined, _: unknown, command: Command) => {
      const { runUntil } = await import('../run-until.ts');
      await runUntil(null, config, command.optsWithGlobals<StudyOptions>(), effects);
    });
}
