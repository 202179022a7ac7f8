import { join } from 'node:path';
import type { StageContext } from '../artefacts/stage-context.ts';
import { hookNameOf, isHookName, siteOf } from '../model/sites.ts';
import { DictionaryFolderError } from './dictionary-folder-error.ts';
import { importDictionary } from './import-dictionary.ts';
import { CONFIG } from './read-saelens.ts';

/** What is known of a dictionary that was trained elsewhere. */
export interface ImportedFacts {
  readonly architecture: string;
  readonly features: number;
}

/**
 * Takes the dictionaries of a model that a study imports into its run.
 *
 * @param width A, of the activations that the study takes apart
 * @throws {DictionaryFolderError} if one cannot be read, or is not of the activations that the study takes apart
 */
export async function importDictionaries(
  context: StageContext,
  width: number,
): Promise<Record<string, ImportedFacts>> {
  const { study, run, model } = context;
  const expected = hookNameOf(siteOf(study.dictionaries));
  const facts: Record<string, ImportedFacts> = {};
  for (const { id, path } of study.dictionaries.imports) {
    if (!id.startsWith(`${model}/`)) continue;
    context.signal.throwIfAborted();
    const imported = await importDictionary(path, run.dictionary(id));
    const { rule, features, metadata } = imported;
    const fail = (what: string, got: string): never => {
      throw new DictionaryFolderError(`${join(path, CONFIG)}: expected ${what}, got ${got}`);
    };
    const hook = metadata['hook_name'];
    // Other tools have other names for the same place; those say nothing here.
    if (typeof hook === 'string' && isHookName(hook) && hook !== expected)
      fail(`a dictionary of ${expected}, as dictionaries.site and layer say`, `one of ${hook}`);
    if (imported.width !== width) fail(`d_in ${width}, the width of ${expected}`, `${imported.width}`);
    context.say(`${id}: ${features} features, imported (${rule.kind})`);
    facts[id] = { architecture: rule.kind, features };
  }
  return facts;
}
