import { type Command, Option } from 'commander';
import type { AdapterChoice, TuneMode } from '@monosema/engine';
import { ADAPTERS, TUNINGS } from './device.ts';

/** Options that every command takes. */
export interface SharedOptions {
  readonly quiet?: true;
  readonly json?: true;
  readonly debug?: true;
  /** Where to write the trace; empty for the usual place. */
  readonly profile?: string;
  readonly adapter?: AdapterChoice;
  readonly tune?: TuneMode;
}

/** Options of the commands that work on a study. */
export interface StudyOptions extends SharedOptions {
  readonly set?: readonly string[];
  readonly out?: string;
}

export function addSharedOptions(program: Command): Command {
  return program
    .option('--quiet', 'say nothing but results and errors')
    .option('--json', 'print results as JSON, one object a line')
    .option('--debug', 'print the stack of an error')
    .option(
      '--profile [=file]',
      'show where the time goes, and write a trace of it; default: trace.json in the run',
    )
    .addOption(new Option('--adapter <name>', 'GPU to use').choices(ADAPTERS))
    .addOption(
      new Option(
        '--tune <mode>',
        'kernels for products: by the class of the adapter, as measured before, or measured where they were not; default: cache',
      ).choices(TUNINGS),
    );
}

export function addStudyOptions(command: Command): Command {
  return command
    .argument('[config]', 'study.config.ts, .js or .json, or its folder; default: this folder')
    .option('--set <key.path=value>', 'override a key of the configuration; repeatable', collect)
    .option('--out <dir>', 'folder of the run; default: out/<name of the study>');
}

/** Gathers the values of an option that may be given several times. */
export function collect(value: string, values: readonly string[] = []): string[] {
  return [...values, value];
}
