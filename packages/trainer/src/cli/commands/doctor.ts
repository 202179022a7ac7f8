import { Command } from 'commander';
import type { Effects } from '../effects.ts';
import type { DoctorOptions } from '../examine.ts';

/** `monosema doctor`: what this machine computes with, and whether it computes right. */
export function doctorCommand(effects: Effects): Command {
  return new Command('doctor')
    .option('--golden <file...>', 'compute what these golden files describe and compare')
    .option('--peak', "measure the adapter's peak")
    .option('--study <config>', 'with --tune full: measure the products of this study, not the usual ones')
    .description(
      'show the adapter, and check it against golden files; with --tune full, measure kernels for products',
    )
    .action(async (_: unknown, command: Command) => {
      const { examine } = await import('../examine.ts');
      await examine(command.optsWithGlobals<DoctorOptions>(), effects);
    });
}
