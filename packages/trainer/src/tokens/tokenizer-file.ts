import { readFileSync } from 'node:fs';
import { writeFileAtomically } from '../artefacts/atomic-file.ts';
import type { Tokenizer } from './byte-pair.ts';
import { tokenizerFromJson, tokenizerToJson } from './tokenizer-json.ts';

/** Writes `tokenizer.json`, whole or not at all. */
export function saveTokenizer(path: string, tokenizer: Tokenizer): void {
  writeFileAtomically(path, tokenizerToJson(tokenizer));
}

/** Reads what `saveTokenizer` wrote. @throws {TokenizerError} in one sentence if it is not that */
export function readTokenizer(path: string): Tokenizer {
  return tokenizerFromJson(readFileSync(path, 'utf8'), path);
}
