import { copyFileSync, existsSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { readSafetensors } from '../artefacts/safetensors.ts';
import { DictionaryFolderError } from './dictionary-folder-error.ts';
import { foldDecoderNorms, hasUnitDecoder } from './fold.ts';
import { GEMMA_SCOPE_WEIGHTS, openGemmaScope } from './read-gemma-scope.ts';
import { CONFIG, openSaelens, SPARSITY, WEIGHTS, type OpenDictionary } from './read-saelens.ts';
import { openSparsify, SPARSIFY_WEIGHTS } from './read-sparsify.ts';
import { checkTensors, type StoredDictionary } from './stored-dictionary.ts';
import { writeSaelens } from './write-saelens.ts';

/** What a dictionary was before it was ours. */
export type DictionaryFormat = 'saelens' | 'sparsify' | 'gemma-scope';

/**
 * Which format a path holds: a SAELens directory, a folder of EleutherAI's sparsify, a Gemma Scope `params.npz` or the
 * folder around one; null where it is none of them.
 */
export function dictionaryFormat(path: string): DictionaryFormat | null {
  if (!existsSync(path)) return null;
  if (!statSync(path).isDirectory()) return path.endsWith('.npz') ? 'gemma-scope' : null;
  const has = (name: string): boolean => existsSync(join(path, name));
  if (has(WEIGHTS)) return 'saelens';
  if (has(SPARSIFY_WEIGHTS)) return 'sparsify';
  if (has(GEMMA_SCOPE_WEIGHTS)) return 'gemma-scope';
  return has(CONFIG) ? 'saelens' : null;
}

/**
 * Reads a dictionary of any format and writes it as a SAELens directory, its decoder norms folded. The weights of one
 * that is folded already come out as they are, to the bit.
 *
 * @throws {DictionaryFolderError | SafetensorsError | NpzError} if the source is none, or not as its format says
 */
export async function importDictionary(source: string, folder: string): Promise<StoredDictionary> {
  const format = dictionaryFormat(source);
  if (format === null)
    throw new DictionaryFolderError(
      `${source}: expected a dictionary (${CONFIG} with ${WEIGHTS} of SAELens or ${SPARSIFY_WEIGHTS} of sparsify, or ${GEMMA_SCOPE_WEIGHTS} of Gemma Scope), got ${existsSync(source) ? 'none of them' : 'no such path'}`,
    );
  using opened = await openAs(format, source);
  const folded = await foldDecoderNorms(opened);
  const imported: StoredDictionary = {
    ...folded,
    rescaled: format === 'sparsify' ? await hasUnitDecoder(folded) : folded.rescaled,
    metadata: {
      monosema: { importedFrom: format, name: nameOf(source), foldedDecoderNorms: folded !== opened },
      ...opened.metadata,
    },
  };
  const sparsity = join(source, SPARSITY);
  const sparse = format === 'saelens' && existsSync(sparsity);
  if (sparse) {
    using file = readSafetensors(sparsity);
    checkTensors(sparsity, new Map([['sparsity', [imported.features]]]), file.tensors);
  }
  await writeSaelens(folder, imported);
  if (sparse) copyFileSync(sparsity, join(folder, SPARSITY));
  return imported;
}

/** The folder that holds a dictionary, by its own name alone: what is written may be published. */
function nameOf(source: string): string {
  const path = resolve(source);
  return basename(path.endsWith('.npz') ? dirname(path) : path);
}

async function openAs(format: DictionaryFormat, path: string): Promise<OpenDictionary> {
  switch (format) {
    case 'saelens':
      return openSaelens(path);
    case 'sparsify':
      return openSparsify(path);
    case 'gemma-scope':
      return openGemmaScope(path.endsWith('.npz') ? path : join(path, GEMMA_SCOPE_WEIGHTS));
  }
}
