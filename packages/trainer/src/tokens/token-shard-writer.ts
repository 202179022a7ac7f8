import { renameSync } from 'node:fs';
import { encodeHeader, type TensorInfo } from '../artefacts/safetensors-header.ts';
import type { Document } from '../text/corpus.ts';
import { Appender } from './appender.ts';

// Room for three tensors and our metadata; what is left over is padding.
const HEADER_BYTES = 1024;

/** What the side file says of a document: its tokens are `start` to `start + length`, end-of-text included. */
export interface ShardDocument {
  readonly id: string;
  readonly domain: string | null;
  readonly start: number;
  readonly length: number;
  /** Bytes of its text in UTF-8. */
  readonly bytes: number;
}

/** The side file of a shard: `train.safetensors` has `train.documents.jsonl`, one object a document. */
export const documentsPath = (path: string): string =>
  `${path.replace(/\.safetensors$/, '')}.documents.jsonl`;

/**
 * Writes a stream of tokens to a safetensors file as it comes: `tokens` (n), U16 or U32 by the vocabulary,
 * `documentStarts` (documents), I64, and `documentLines` (documents), I64, the byte offset of each document's
 * line in the side file. Nothing is at the final names before `finish`.
 *
 * A full disk throws a SafetensorsError from any method; `discard` (or `using`) then removes what was written.
 */
export class TokenShardWriter implements Disposable {
  readonly path: string;
  /** Tokens and documents so far. */
  tokens = 0;
  documents = 0;
  readonly #wide: boolean;
  readonly #endOfText: number;
  readonly #vocabulary: number;
  readonly #data: Appender;
  readonly #starts: Appender;
  readonly #lines: Appender;
  readonly #side: Appender;
  #open = true;

  constructor(path: string, tokenizer: { readonly size: number; readonly endOfText: number }) {
    this.path = path;
    this.#vocabulary = tokenizer.size;
    this.#endOfText = tokenizer.endOfText;
    this.#wide = tokenizer.size > 65_536;
    const temporary = (part: string): Appender => new Appender(`${path}.${part}.${process.pid}.tmp`);
    this.#data = temporary('tokens');
    this.#starts = temporary('starts');
    this.#lines = temporary('lines');
    this.#side = temporary('documents');
    this.#data.append(new Uint8Array(HEADER_BYTES));
  }

  /** Appends a document, given with its tokens, and the end-of-text token after it. */
  append(document: Document, ids: Uint32Array): void {
    const { id, domain, text } = document;
    this.#starts.append(int64(this.tokens));
    this.#lines.append(int64(this.#side.bytes));
    const length = ids.length + 1;
    const entry: ShardDocument = { id, domain, start: this.tokens, length, bytes: Buffer.byteLength(text) };
    this.#side.append(Buffer.from(`${JSON.stringify(entry)}\n`));
    const stored = this.#wide ? new Uint32Array(length) : new Uint16Array(length);
    stored.set(ids);
    stored[ids.length] = this.#endOfText;
    this.#data.append(new Uint8Array(stored.buffer));
    this.tokens += length;
    this.documents += 1;
  }

  /** Puts the two files in place, whole. */
  finish(): void {
    const [width, dtype] = this.#wide ? ([4, 'U32'] as const) : ([2, 'U16'] as const);
    const tokensEnd = this.tokens * width;
    const startsEnd = tokensEnd + this.documents * 8;
    const tensors: TensorInfo[] = [
      { name: 'tokens', dtype, shape: [this.tokens], start: 0, end: tokensEnd },
      { name: 'documentStarts', dtype: 'I64', shape: [this.documents], start: tokensEnd, end: startsEnd },
      {
        name: 'documentLines',
        dtype: 'I64',
        shape: [this.documents],
        start: startsEnd,
        end: startsEnd + this.documents * 8,
      },
    ];
    const metadata = { vocabulary: String(this.#vocabulary), endOfText: String(this.#endOfText) };
    this.#data.appendAll(this.#starts);
    this.#data.appendAll(this.#lines);
    this.#data.overwrite(encodeHeader(tensors, metadata, HEADER_BYTES), 0);
    this.#side.finish();
    this.#data.finish();
    this.#starts.discard();
    this.#lines.discard();
    this.#open = false;
    renameSync(this.#side.path, documentsPath(this.path));
    renameSync(this.#data.path, this.path);
  }

  /** Removes what was written, unless it is finished. */
  discard(): void {
    if (!this.#open) return;
    this.#open = false;
    for (const part of [this.#data, this.#starts, this.#lines, this.#side]) part.discard();
  }

  [Symbol.dispose](): void {
    this.discard();
  }
}

const int64 = (value: number): Uint8Array => new Uint8Array(BigInt64Array.of(BigInt(value)).buffer);
