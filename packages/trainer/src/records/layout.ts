import { join } from 'node:path';
import { RecordsError } from './records-error.ts';

/** What is found across features; each has a file of its own, which a study may lack. */
export const FINDINGS = ['proxies', 'splits', 'automata', 'steering', 'texts', 'claims'] as const;
export type FindingName = (typeof FINDINGS)[number];

const DICTIONARY_ID = /^[A-Za-z0-9]+\/[A-Za-z0-9-]+$/;

/** Paths of a records folder, all in one place. Ids come from files, so they are checked before they become paths. */
export const layout = {
  study: (root: string) => join(root, 'study.json'),
  finding: (root: string, name: FindingName) => join(root, `${name}.json`),
  text: (root: string, id: string) => join(root, 'texts', `${textId(id)}.json`),
  vocabulary: (root: string) => join(root, 'vocabulary.json'),
  dictionary: (root: string, id: string) => join(root, folderOf(id), 'dictionary.json'),
  features: (root: string, id: string) => join(root, folderOf(id), 'features.parquet'),
  exams: (root: string, id: string) => join(root, folderOf(id), 'exams.parquet'),
  playground: (root: string) => join(root, 'playground', 'playground.json'),
  playgroundTokenizer: (root: string) => join(root, 'playground', 'tokenizer.json'),
  playgroundModel: (root: string, id: string) => join(root, 'playground', modelId(id)),
  playgroundDictionary: (root: string, id: string) => join(root, 'playground', folderOf(id)),
  explanations: (root: string) => join(root, 'explanations'),
  explanationsOf: (root: string, id: string) => join(root, 'explanations', `${folderOf(id)}.json`),
};

function folderOf(id: string): string {
  if (!DICTIONARY_ID.test(id)) {
    throw new RecordsError(
      `records: expected a dictionary id such as "A/1" or "A/neurons", got ${JSON.stringify(id)}; rename the dictionary`,
    );
  }
  return id;
}

function modelId(id: string): string {
  if (!/^[A-Za-z0-9]+$/.test(id)) {
    throw new RecordsError(
      `records: expected the letter of a model, got ${JSON.stringify(id)}; rename the model`,
    );
  }
  return id;
}

function textId(id: string): string {
  if (!/^[a-z0-9-]+$/.test(id)) {
    throw new RecordsError(
      `records: expected the id of a text in small letters, digits and dashes, got ${JSON.stringify(id)}; rename the text`,
    );
  }
  return id;
}
