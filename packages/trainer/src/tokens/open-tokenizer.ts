import { readImportedTokenizer } from './read-imported-tokenizer.ts';
import type { TokenShard } from './token-shard.ts';
import type { TextTokenizer } from './tokenizer.ts';
import { readTokenizer } from './tokenizer-file.ts';

/**
 * The tokenizer of a run, which wrote its token shards.
 *
 * @param imported whether it came along with a model, and was not learnt
 * @throws {TokenizerError} if the file is not what tokenize left
 */
export function openTokenizer(path: string, imported: boolean, shard: TokenShard): TextTokenizer {
  if (!imported) return readTokenizer(path);
  return readImportedTokenizer(path, { size: shard.vocabulary, endOfText: shard.endOfText });
}
