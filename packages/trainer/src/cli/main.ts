import { Command, CommanderError } from 'commander';
import { packageVersion } from '../artefacts/code-version.ts';
import { EXIT, endingOf } from './cli-error.ts';
import { doctorCommand } from './commands/doctor.ts';
import { importCommand } from './commands/import.ts';
import { initCommand } from './commands/init.ts';
import { runCommand } from './commands/run.ts';
import { sampleCommand } from './commands/sample.ts';
import { stageCommands } from './commands/stage.ts';
import { statusCommand } from './commands/status.ts';
import type { Effects } from './effects.ts';
import { addSharedOptions } from './shared-options.ts';

/**
 * Runs `monosema` and says how it ended.
 *
 * @param args what follows the program's name
 * @returns the exit code: 0 done, 1 a bug of ours, 2 bad usage or input, 3 no usable adapter, 130 interrupted
 */
export async function main(args: readonly string[], effects: Effects): Promise<number> {
  try {
    await program(effects).parseAsync(args.map(named), { from: 'user' });
    return EXIT.done;
  } catch (error) {
    // Commander has said its piece already; asking for help is no error.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    const { code, message } = endingOf(error);
    if (args.includes('--debug') && error instanceof Error) effects.err(`${error.stack}\n`);
    effects.err(`${message}\n`);
    return code;
  }
}

/** Without this, `--profile study.config.ts` would write its trace over the study. */
function named(arg: string): string {
  return arg === '--profile' ? '--profile=' : arg;
}

function program(effects: Effects): Command {
  const monosema = addSharedOptions(new Command('monosema'))
    .description('Finds, measures and publishes the features inside language models.')
    .version(packageVersion(), '--version', 'print the version')
    .helpOption('--help', 'print this, or what a command takes')
    .helpCommand(false)
    .configureHelp({ showGlobalOptions: true });
  const commands = [
    runCommand(effects),
    statusCommand(effects),
    ...stageCommands(effects),
    sampleCommand(effects),
    importCommand(effects),
    initCommand(effects),
    doctorCommand(effects),
  ];
  for (const command of commands) monosema.addCommand(command);
  for (const command of [monosema, ...commands])
    command
      .exitOverride()
      .helpOption('--help', 'print this')
      .configureHelp({ showGlobalOptions: true })
      .configureOutput({ writeOut: effects.out, writeErr: effects.err });
  return monosema;
}
