import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { dictionaryFormat, importDictionary } from '../dictionary/import-dictionary.ts';
import { describeLayers } from '../model/describe-layers.ts';
import { copyModel } from '../model/model-folder.ts';
import { UsageError } from './cli-error.ts';
import type { Effects } from './effects.ts';
import type { SharedOptions } from './shared-options.ts';

/**
 * Reads a model or a dictionary of any format, checks it, and writes it into a folder: a model as transformers loads
 * it, a dictionary as SAELens does.
 *
 * @throws {UsageError} if the source is neither, or the folder holds other files: nothing is ever written among them
 */
export async function importArtefact(
  source: string,
  { to, quiet, json }: SharedOptions & { readonly to: string },
  effects: Effects,
): Promise<void> {
  if (existsSync(to) && readdirSync(to).length > 0)
    throw new UsageError(
      `import: expected a new or an empty folder, got ${to} with files in it; choose another --to`,
    );
  const { line, facts } = await take(source, to);
  if (json === true) effects.out(`${JSON.stringify({ ...facts, folder: to })}\n`);
  else if (quiet !== true) effects.out(`wrote ${line} to ${to}\n`);
}

async function take(source: string, to: string): Promise<{ line: string; facts: Record<string, unknown> }> {
  const format = dictionaryFormat(source);
  if (format !== null) {
    const { rule, width, features } = await importDictionary(source, to);
    return {
      line: `a dictionary (${rule.kind}) of ${features} features over ${width} activations, read as ${format},`,
      facts: { kind: 'dictionary', format, architecture: rule.kind, width, features },
    };
  }
  if (!existsSync(join(source, 'config.json')))
    throw new UsageError(
      `import: expected a folder with config.json (a model) or cfg.json (a dictionary), or a params.npz, got ${existsSync(source) ? `none of them in ${source}` : `no ${source}`}`,
    );
  const config = copyModel(source, to);
  return {
    line: `a GPT-2 of ${describeLayers(config.layers)}, ${config.dModel} wide, with ${config.vocabulary} tokens,`,
    facts: { kind: 'model', ...config },
  };
}
