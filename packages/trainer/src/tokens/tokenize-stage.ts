import { createHash } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import type { StageContext } from '../artefacts/stage-context.ts';
import { CorpusError, openCorpus, type Corpus, type Document } from '../text/corpus.ts';
import { isValidation } from '../text/split.ts';
import { Contexts } from './contexts.ts';
import { modelVocabulary, readImportedTokenizer } from './read-imported-tokenizer.ts';
import { sampleEvenly } from './sample-evenly.ts';
import { TokenShard } from './token-shard.ts';
import { TokenShardWriter } from './token-shard-writer.ts';
import type { TextTokenizer } from './tokenizer.ts';
import { saveTokenizer } from './tokenizer-file.ts';
import { trainBytePair } from './train-byte-pair.ts';

/** What one domain of the corpus holds; bytes are of the text in UTF-8. */
export interface DomainFacts {
  /** null for documents without a domain */
  readonly domain: string | null;
  documents: number;
  bytes: number;
  trainTokens: number;
  validationDocuments: number;
  validationTokens: number;
}

/** What tokenize found out; tokens include the end-of-text after every document. */
export interface TokenizeFacts extends Record<string, unknown> {
  readonly vocabulary: number;
  readonly documents: number;
  readonly bytes: number;
  readonly trainTokens: number;
  readonly validationTokens: number;
  readonly domains: readonly DomainFacts[];
  /** of all documents' ids, domains and texts, in order */
  readonly corpusSha256: string;
}

/**
 * Learns a tokenizer from the training documents, or takes that of an imported model, and writes both sides of the
 * split as token shards.
 *
 * @throws {CorpusError} if the corpus is not text, or either side is too small for one context
 * @throws {TokenizerError} if the model's tokenizer cannot be read
 */
export async function tokenizeStage(context: StageContext): Promise<TokenizeFacts> {
  const { study, run } = context;
  const corpus = openCorpus(study.corpus.path);
  const passedOver = corpus.passedOver();
  if (passedOver !== null) context.say(`tokenize: ${passedOver}`);
  const { tokenizer, documents } =
    study.transformer.import === null
      ? await learnTokenizer(context, corpus)
      : takeTokenizer(context, study.transformer.import);
  const facts = await writeShards(context, corpus, tokenizer, documents);
  checkSplit(facts, study.corpus);
  for (const path of [run.trainTokens, run.validationTokens]) {
    using shard = TokenShard.open(path);
    const side = path === run.trainTokens ? 'training' : 'validation';
    new Contexts(shard, study.transformer.context, `corpus ${study.corpus.path}, ${side} documents`);
  }
  return facts;
}

/** @throws {CorpusError} if all documents fell to one side */
function checkSplit(
  facts: TokenizeFacts,
  { path, validationFraction }: StageContext['study']['corpus'],
): void {
  const held = facts.domains.reduce((sum, { validationDocuments }) => sum + validationDocuments, 0);
  if (held > 0 && held < facts.documents) return;
  const one = facts.documents === 1;
  throw new CorpusError(
    `corpus ${path}: expected documents for training and for validation, got ${facts.documents} ${one ? 'document, which is' : 'documents, all of which are'} for ${held > 0 ? 'validation' : 'training'}; add different ones, or cut them into several, for whole documents are held out by the hash of their text (corpus.validationFraction is ${validationFraction})`,
  );
}

/** @returns the tokenizer, saved, and how many documents the corpus has */
async function learnTokenizer(
  context: StageContext,
  corpus: Corpus,
): Promise<{ readonly tokenizer: TextTokenizer; readonly documents: number }> {
  const { study, run } = context;
  let documents = 0;
  async function* trainingDocuments(): AsyncGenerator<Document> {
    for await (const document of corpus) {
      documents += 1;
      watch(context, { done: documents, total: null });
      if (!isValidation(document.text, study.corpus.validationFraction)) yield document;
    }
  }
  const sample = await sampleEvenly(trainingDocuments(), study.tokenizer.sampleBytes, context.seed);
  const tokenizer = trainBytePair(sample, study.tokenizer);
  if (tokenizer.size < study.tokenizer.vocabulary)
    context.say(
      `tokenize: the text gave ${tokenizer.size.toLocaleString('en')} tokens of the ${study.tokenizer.vocabulary.toLocaleString('en')} asked for`,
    );
  saveTokenizer(run.tokenizer, tokenizer);
  return { tokenizer, documents };
}

/** The tokenizer of an imported model, its file copied as it is. */
function takeTokenizer(
  { run, say }: StageContext,
  model: string,
): { readonly tokenizer: TextTokenizer; readonly documents: null } {
  const source = join(model, 'tokenizer.json');
  const tokenizer = readImportedTokenizer(source, modelVocabulary(model));
  const { leftOut, size } = tokenizer;
  if (leftOut.length > 0)
    say(
      `tokenize: ${leftOut.map((token) => JSON.stringify(token)).join(', ')} of ${source}: expected ids below the model's vocab_size ${size}, got larger ones; read as ordinary text where the corpus has them`,
    );
  copyFileSync(source, run.tokenizer);
  return { tokenizer, documents: null };
}

async function writeShards(
  context: StageContext,
  corpus: Corpus,
  tokenizer: TextTokenizer,
  total: number | null,
): Promise<TokenizeFacts> {
  const { study, run } = context;
  using train = new TokenShardWriter(run.trainTokens, tokenizer);
  using validation = new TokenShardWriter(run.validationTokens, tokenizer);
  const domains = new Map<string | null, DomainFacts>();
  const hash = createHash('sha256');
  let documents = 0;
  let bytes = 0;
  for await (const document of corpus) {
    documents += 1;
    watch(context, { done: documents, total });
    hash.update(`${JSON.stringify(document)}\n`);
    const facts = domainFacts(domains, document.domain);
    const size = Buffer.byteLength(document.text);
    const ids = tokenizer.encode(document.text);
    bytes += size;
    facts.documents += 1;
    facts.bytes += size;
    if (isValidation(document.text, study.corpus.validationFraction)) {
      validation.append(document, ids);
      facts.validationDocuments += 1;
      facts.validationTokens += ids.length + 1;
    } else {
      train.append(document, ids);
      facts.trainTokens += ids.length + 1;
    }
  }
  train.finish();
  validation.finish();
  return {
    vocabulary: tokenizer.size,
    documents,
    bytes,
    trainTokens: train.tokens,
    validationTokens: validation.tokens,
    domains: [...domains.values()],
    corpusSha256: hash.digest('hex'),
  };
}

function domainFacts(domains: Map<string | null, DomainFacts>, domain: string | null): DomainFacts {
  let facts = domains.get(domain);
  if (facts === undefined) {
    facts = { domain, documents: 0, bytes: 0, trainTokens: 0, validationDocuments: 0, validationTokens: 0 };
    domains.set(domain, facts);
  }
  return facts;
}

function watch(context: StageContext, { done, total }: { done: number; total: number | null }): void {
  context.signal.throwIfAborted();
  context.progress({ done, total, unit: 'documents' });
}
