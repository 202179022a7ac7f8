import { Command } from 'commander';
import type { Effects } from '../effects.ts';

/** `monosema init`: a configuration to start from. */
export function initCommand(effects: Effects): Command {
  return new Command('init')
    .argument('[dir]', 'folder to write it in', '.')
    .description('write a study.config.ts to start from')
    .action(async (dir: string) => {
      const { writeStarter } = await import('../write-starter.ts');
      writeStarter(dir, effects);
    });
}
