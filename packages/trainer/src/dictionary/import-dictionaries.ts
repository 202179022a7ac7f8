import { join } from 'node:path';
import type { StageContext } from '../artefacts/stage-context.ts';
import type { TransformerConfig } from '../model/parameters.ts';
import { hookNameOf, isHookName, siteWidth, type Site } from '../model/sites.ts';
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
 * @throws {DictionaryFolderError} if one cannot be read, or is not of the activations that the study takes apart
 */
export async function importDictionaries(
  context: StageContext,
  config: TransformerConfig,
  site: Site,
): Promise<Record<string, ImportedFacts>> {
  const { study, run, model } = context;
  const facts: Record<string, ImportedFacts> = {};
  for (const { id, path } of study.dictionaries.imports) {
    if (!id.startsWith(`${model}/`)) continue;
    context.signal.throwIfAborted();
    const { rule, width, features, metadata } = await importDictionary(path, run.dictionary(id));
    const fail = (expected: string, got: string): never => {
      throw new DictionaryFolderError(`${join(path, CONFIG)}: expected ${expected}, got ${got}`);
    };
    const hook = metadata['hook_name'];
    // Other tools have other names for the same place; those say nothing here.
    if (typeof hook === 'string' && isHookName(hook) && hook !== hookNameOf(site))
      fail(`a dictionary of ${hookNameOf(site)}, as dictionaries.site and layer say`, `one of ${hook}`);
    if (width !== siteWidth(config, site))
      fail(`d_in ${siteWidth(config, site)}, the width of ${hookNameOf(site)}`, `${width}`);
    context.say(`${id}: ${features} features, imported (${rule.kind})`);
    facts[id] = { architecture: rule.kind, features };
  }
  return facts;
}
