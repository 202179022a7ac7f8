import { Command } from 'commander';
import type { Effects } from '../effects.ts';
import { profileNothing } from '../profile.ts';
import { addStudyOptions, type StudyOptions } from '../shared-options.ts';

/** `monosema status`: which stages are up to date. */
export function statusCommand(effects: Effects): Command {
  return addStudyOptions(new Command('status'))
    .description('show which stages of a study are up to date')
    .action(async (config: string | undefined, _: unknown, command: Command) => {
      const { showStatus } = await import('../show-status.ts');
      const options = command.optsWithGlobals<StudyOptions>();
      await showStatus(config, options, effects);
      await profileNothing(options, effects);
    });
}
