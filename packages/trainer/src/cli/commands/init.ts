import { Command } from 'commander';
import type { Effects } from '../effects.ts';
import { profileNothing } from '../profile.ts';
import type { SharedOptions } from '../shared-options.ts';

/** `monosema init`: a configuration to start from. */
export function initCommand(effects: Effects): Command {
  return new Command('init')
    .argument('[dir]', 'folder to write it in', '.')
    .description('write a study.config.ts to start from')
    .action(async (dir: string, _: unknown, command: Command) => {
      const { writeStarter } = await import('../write-starter.ts');
      writeStarter(dir, effects);
      await profileNothing(command.optsWithGlobals<SharedOptions>(), effects);
    });
}
