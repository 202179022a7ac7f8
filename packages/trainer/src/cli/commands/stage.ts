import { Command } from 'commander';
import type { StageKind } from '../../plan-study.ts';
import type { Effects } from '../effects.ts';
import { addStudyOptions, type StudyOptions } from '../shared-options.ts';

const STAGES: Readonly<Record<StageKind, string>> = {
  tokenize: 'learn the tokenizer and write the token shards',
  'train-model': 'train the transformers, and what they need',
  harvest: 'write activations of the models as shards, and what they need',
  'train-dictionary': 'train the dictionaries, and what they need',
  analyze: 'write the feature records, and what they need',
  explain: 'ask a language model about features, and what that needs',
};

/** `monosema tokenize`, `train-model`, `train-dictionary`, `analyze` and `explain`: a study up to that stage. */
export function stageCommands(effects: Effects): Command[] {
  return Object.entries(STAGES).map(([kind, description]) =>
    addStudyOptions(new Command(kind))
      .description(description)
      .action(async (config: string | undefined, _: unknown, command: Command) => {
        const { runUntil } = await import('../run-until.ts');
        await runUntil(kind as StageKind, config, command.optsWithGlobals<StudyOptions>(), effects);
      }),
  );
}
