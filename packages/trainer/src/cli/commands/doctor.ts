import { Command } from 'commander';
import type { Effects } from '../effects.ts';
import type { DoctorOptions } from '../examine.ts';

/** `monosema doctor`: what this machine computes with, and whether it computes right. */
export function doctorCommand(effects: Effects): Command {
  return new Command('doctor')
    .option('--golden <file...>', 'compute what these golden files describe and compare')
    .option('--peak', "measure the adapter's peak")
    .description('show the adapter, and check it against golden files')
    .action(async (_: unknown, command: Command) => {
      const { examine } = await import('../examine.ts');
      await examine(command.optsWithGlobals<DoctorOptions>(), effects);
    });
}
