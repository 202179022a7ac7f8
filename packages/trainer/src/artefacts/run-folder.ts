import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { writeJsonAtomically } from './atomic-file.ts';
import { makeFolder } from './make-folder.ts';
import { RunFolderError } from './run-folder-error.ts';

/** Raised when a run's files change their meaning or their place. */
export const RUN_FORMAT = 1;

/** Every path of a run, in one place. */
export interface RunFolder {
  /** As the user wrote it, for messages; the paths below are absolute. */
  readonly shown: string;
  readonly root: string;
  readonly tokens: string;
  readonly tokenizer: string;
  readonly trainTokens: string;
  readonly validationTokens: string;
  /** config.json, model.safetensors and metrics.jsonl of one model. @param letter as A */
  model(letter: string): string;
  /** Activation shards of one model. @param letter as A */
  activations(letter: string): string;
  /** Folder of all dictionaries of one model. @param letter as A */
  dictionaries(letter: string): string;
  /** cfg.json, sae_weights.safetensors, sparsity.safetensors and metrics.jsonl of one. @param id as A/1 */
  dictionary(id: string): string;
  readonly records: string;
  /** What a language model said of the features; among the records, which the report reads. */
  readonly explanations: string;
  /** Answers of language models as they came. */
  readonly answers: string;
}

/** Names the paths of a run without looking at the disk. */
export function runFolder(path: string): RunFolder {
  const root = resolve(path);
  const tokens = join(root, 'tokens');
  return {
    shown: path,
    root,
    tokens,
    tokenizer: join(tokens, 'tokenizer.json'),
    trainTokens: join(tokens, 'train.safetensors'),
    validationTokens: join(tokens, 'validation.safetensors'),
    model: (letter) => join(root, 'models', letter),
    activations: (letter) => join(root, 'activations', letter),
    dictionaries: (letter) => join(root, 'dictionaries', letter),
    dictionary: (id) => join(root, 'dictionaries', id),
    records: join(root, 'records'),
    explanations: join(root, 'records', 'explanations'),
    answers: join(root, 'answers'),
  };
}

/**
 * Makes the folder this study's, or finds that it is.
 *
 * @throws {RunFolderError} if it holds another study, another format, or files that are not monosema's: nothing
 * is ever written among them
 */
export function claimRunFolder(run: RunFolder, study: string): void {
  const marker = join(run.root, 'study.json');
  if (existsSync(marker)) return checkMarker(run, marker, study);
  if (existsSync(run.root) && readdirSync(run.root).length > 0)
    throw new RunFolderError(
      `${run.shown}: expected an empty folder or a run of study "${study}", got a folder with other files; choose another --out`,
    );
  makeFolder(run.root);
  writeJsonAtomically(marker, describeRun(study));
}

/** What study.json says. */
function describeRun(study: string): Readonly<Record<string, unknown>> {
  return { tool: 'monosema', format: RUN_FORMAT, study };
}

function checkMarker(run: RunFolder, marker: string, study: string): void {
  let found: { readonly tool?: unknown; readonly format?: unknown; readonly study?: unknown } | null;
  try {
    found = JSON.parse(readFileSync(marker, 'utf8')) as typeof found;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw new RunFolderError(
      `${run.shown}/study.json: expected JSON as monosema writes it, got a damaged file; if this is a run of study "${study}", write ${JSON.stringify(describeRun(study))} into it, else choose another --out`,
    );
  }
  const remedy = 'choose another --out, or delete the folder';
  if (found?.tool !== 'monosema')
    throw new RunFolderError(
      `${run.shown}: expected a run of monosema, got a study.json of something else; ${remedy}`,
    );
  if (found.format !== RUN_FORMAT)
    throw new RunFolderError(
      `${run.shown}: expected run format ${RUN_FORMAT}, got ${JSON.stringify(found.format)}, written by another version of monosema; ${remedy}`,
    );
  if (found.study !== study)
    throw new RunFolderError(
      `${run.shown}: expected a run of study "${study}", got one of ${JSON.stringify(found.study)}; ${remedy}`,
    );
}
