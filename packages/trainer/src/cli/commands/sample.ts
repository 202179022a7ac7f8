import { Command } from 'commander';
import type { Effects } from '../effects.ts';
import { addStudyOptions, collect, type StudyOptions } from '../shared-options.ts';

/** `monosema sample`: text of a model, with features held at an activation and without. */
export function sampleCommand(effects: Effects): Command {
  return addStudyOptions(new Command('sample'))
    .requiredOption('--prompt <text>', 'what to go on from; may be empty')
    .option(
      '--pin <feature=value>',
      'hold a feature, as A/1:123=max or A/1:123=2.5, at every position; repeatable',
      collect,
    )
    .option('--tokens <n>', 'tokens to go on for', '64')
    .option('--seed <n>', 'of what is drawn', '0')
    .description('go on from a prompt, with features held and without, side by side')
    .action(async (config: string | undefined, _: unknown, command: Command) => {
      const { sampleText } = await import('../sample-text.ts');
      const options = command.optsWithGlobals<
        StudyOptions & {
          readonly prompt: string;
          readonly pin?: readonly string[];
          readonly tokens: string;
          readonly seed: string;
        }
      >();
      await sampleText(config, options, effects);
    });
}
