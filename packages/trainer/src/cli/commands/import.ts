import { Command } from 'commander';
import type { Effects } from '../effects.ts';
import { profileNothing } from '../profile.ts';
import type { SharedOptions } from '../shared-options.ts';

/** `monosema import`: a model or a dictionary from elsewhere. */
export function importCommand(effects: Effects): Command {
  return new Command('import')
    .argument(
      '<source>',
      'a GPT-2 in the layout of Hugging Face; or a dictionary of SAELens, of sparsify, or a params.npz of Gemma Scope',
    )
    .requiredOption('--to <dir>', 'folder to write it in; new or empty')
    .description('check a model or a dictionary, and write it as monosema does')
    .action(async (source: string, _: unknown, command: Command) => {
      const { importArtefact } = await import('../import-artefact.ts');
      const options = command.optsWithGlobals<SharedOptions & { readonly to: string }>();
      await importArtefact(source, options, effects);
      await profileNothing(options, effects);
    });
}
