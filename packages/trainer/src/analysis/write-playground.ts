import { copyFileSync, rmSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolder } from '../artefacts/make-folder.ts';
import type { RunFolder } from '../artefacts/run-folder.ts';
import { describeFile } from '../artefacts/stage-outputs.ts';
import type { Site } from '../model/sites.ts';
import {
  playgroundDictionaryFiles,
  playgroundModelFiles,
  playgroundTokenizerFile,
  RECORDS_VERSION,
  writePlaygroundRecord,
  type PlaygroundRecord,
  type WeightFiles,
} from '../records/index.ts';

/** Bytes that a reader loads at most: the tokenizer, a model and one of its dictionaries. */
export const PLAYGROUND_LIMIT = 64_000_000;

/** What the records hand out for computing in a page. */
export interface PlaygroundContents {
  readonly site: Site;
  readonly tokenizer: { readonly imported: boolean; readonly endOfText: number };
  /** Dictionaries by the letter of their model, as A/1 of A. */
  readonly dictionaries: ReadonlyMap<string, readonly string[]>;
}

/**
 * Copies into the records what a page needs to compute with the study: of every model the dictionaries that are within
 * the limit together with it, the model where it has any, and the tokenizer. A site can then be made from the records alone.
 */
export async function writePlayground(
  run: RunFolder,
  { site, tokenizer, dictionaries }: PlaygroundContents,
  limit = PLAYGROUND_LIMIT,
): Promise<void> {
  const { records } = run;
  rmSync(dirname(playgroundTokenizerFile(records)), { recursive: true, force: true });
  const models: PlaygroundRecord['models'] = [];
  const kept: PlaygroundRecord['dictionaries'] = [];
  const tooLarge: PlaygroundRecord['tooLarge'] = [];
  for (const [letter, ids] of dictionaries) {
    const model = filesIn(run.model(letter), playgroundModelFiles(records, letter));
    const known = kept.length;
    for (const id of ids) {
      const dictionary = filesIn(run.dictionary(id), playgroundDictionaryFiles(records, id));
      const bytes = statSync(run.tokenizer).size + sizeOf(model) + sizeOf(dictionary);
      if (bytes > limit) tooLarge.push({ id, bytes });
      else kept.push({ id, weights: await copy(dictionary) });
    }
    if (kept.length > known) models.push({ id: letter, weights: await copy(model) });
  }
  const target = playgroundTokenizerFile(records);
  makeFolder(dirname(target));
  copyFileSync(run.tokenizer, target);
  writePlaygroundRecord(records, {
    version: RECORDS_VERSION,
    site: site.name,
    layer: site.layer,
    limit,
    tokenizer: { ...(await describeFile(target)), ...tokenizer },
    models,
    dictionaries: kept,
    tooLarge,
  });
}

/** The same two files in a run and in the records. */
interface Copied {
  readonly from: WeightFiles;
  readonly to: WeightFiles;
}

function filesIn(folder: string, to: WeightFiles): Copied {
  const inFolder = (path: string): string => join(folder, path.slice(dirname(path).length + 1));
  return { from: { config: inFolder(to.config), weights: inFolder(to.weights) }, to };
}

function sizeOf({ from }: Copied): number {
  return statSync(from.weights).size;
}

function copy({ from, to }: Copied): ReturnType<typeof describeFile> {
  makeFolder(dirname(to.weights));
  copyFileSync(from.config, to.config);
  copyFileSync(from.weights, to.weights);
  return describeFile(to.weights);
}
