import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Tokenizer } from '../../tokens/byte-pair.ts';
import { trainBytePair } from '../../tokens/train-byte-pair.ts';
import { Contexts } from '../../tokens/contexts.ts';
import { TokenShard } from '../../tokens/token-shard.ts';
import { TokenShardWriter } from '../../tokens/token-shard-writer.ts';
import { EvaluationText, type StudyDomain } from '../text/evaluation-text.ts';
import { SpacedContexts } from '../../tokens/spaced-contexts.ts';
import { temporaryFolder } from './planted.ts';

export interface PlantedDocument {
  readonly id: string;
  readonly domain: string | null;
  readonly text: string;
}

/** Writes documents as a token shard and opens it until the test ends. */
export function shardOf(documents: readonly PlantedDocument[], tokenizer: Tokenizer): TokenShard {
  const path = join(temporaryFolder(), 'validation.safetensors');
  using writer = new TokenShardWriter(path, tokenizer);
  for (const document of documents) writer.append(document, tokenizer.encode(document.text));
  writer.finish();
  const shard = TokenShard.open(path);
  onTestFinished(() => shard.close());
  return shard;
}

/** A text of some documents in a byte-level vocabulary, cut into contexts. @param tokens evaluated; all by default */
export function textOf(
  documents: readonly PlantedDocument[],
  context: number,
  domains: readonly StudyDomain[] = [],
  tokens = Infinity,
): { text: EvaluationText; shard: TokenShard; tokenizer: Tokenizer } {
  const tokenizer = trainBytePair(
    documents.map(({ text }) => text),
    { vocabulary: 300 },
  );
  const shard = shardOf(documents, tokenizer);
  const contexts = new SpacedContexts(new Contexts(shard, context, 'test text'), tokens);
  return { text: EvaluationText.open(shard, contexts, tokenizer, domains), shard, tokenizer };
}
