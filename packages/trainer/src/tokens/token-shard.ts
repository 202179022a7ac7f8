import { closeSync, openSync, readSync } from 'node:fs';
import { readSafetensors, SafetensorsError, type SafetensorsFile } from '../artefacts/safetensors.ts';
import { documentsPath, type ShardDocument } from './token-shard-writer.ts';

const LINE_BYTES = 512;

/** A stored stream of tokens, read by range. Only the documents' places (16 bytes each) are ever held whole. */
export class TokenShard implements Disposable {
  /** Number of tokens. */
  readonly length: number;
  readonly documentCount: number;
  /** Size of the vocabulary the ids are from, and the id that ends every document. */
  readonly vocabulary: number;
  readonly endOfText: number;
  readonly #file: SafetensorsFile;
  readonly #documents: number;
  #starts: Float64Array | null = null;
  #lines: Float64Array | null = null;

  /**
   * Opens what `TokenShardWriter` wrote; close it when done, or hold it with `using`.
   *
   * @throws {SafetensorsError} if the file is not a token shard
   */
  static open(path: string): TokenShard {
    const file = readSafetensors(path);
    try {
      return new TokenShard(file);
    } catch (error) {
      file.close();
      throw error;
    }
  }

  private constructor(file: SafetensorsFile) {
    const tokens = file.info('tokens');
    const starts = file.info('documentStarts');
    const lines = file.info('documentLines');
    const { vocabulary, endOfText } = file.metadata;
    if (
      !['U16', 'U32'].includes(tokens.dtype) ||
      [starts, lines].some(({ dtype, shape }) => dtype !== 'I64' || shape[0] !== starts.shape[0]) ||
      [tokens, starts, lines].some(({ shape }) => shape.length !== 1) ||
      ![vocabulary, endOfText].every((number) => /^\d+$/.test(number ?? ''))
    )
      throw new SafetensorsError(
        `${file.path}: expected tokens as tokenize writes them, got other tensors; tokenize again`,
      );
    this.#file = file;
    this.length = tokens.shape[0] ?? 0;
    this.documentCount = starts.shape[0] ?? 0;
    this.vocabulary = Number(vocabulary);
    this.endOfText = Number(endOfText);
    this.#documents = openSync(documentsPath(file.path), 'r');
  }

  /** The ids of tokens `start` to `start + count`. @throws {RangeError} if there are not that many */
  read(start: number, count: number): Uint32Array<ArrayBuffer> {
    const ids = this.#file.read('tokens', start, count);
    return ids instanceof Uint32Array ? ids : Uint32Array.from(ids as Uint16Array);
  }

  /** Number of the document, from 0, that the token at `position` belongs to. @throws {RangeError} past the end */
  documentIndexAt(position: number): number {
    if (!(Number.isInteger(position) && position >= 0 && position < this.length))
      throw new RangeError(`${this.#file.path}: expected a position below ${this.length}, got ${position}`);
    this.#starts ??= this.#places('documentStarts');
    let [low, high] = [0, this.documentCount];
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#starts[middle]! <= position) low = middle;
      else high = middle;
    }
    return low;
  }

  /** The document of a number from 0 to `documentCount` - 1. @throws {RangeError} on any other */
  document(index: number): ShardDocument {
    this.#lines ??= this.#places('documentLines');
    const offset = this.#lines[index];
    if (offset === undefined)
      throw new RangeError(
        `${this.#file.path}: expected a document below ${this.documentCount}, got ${index}`,
      );
    return JSON.parse(this.#line(offset)) as ShardDocument;
  }

  /** The document that the token at `position` belongs to. @throws {RangeError} past the end */
  documentAt(position: number): ShardDocument {
    return this.document(this.documentIndexAt(position));
  }

  /** All documents in order, one line of the side file at a time. */
  *documents(): Generator<ShardDocument> {
    for (let index = 0; index < this.documentCount; index += 1) yield this.document(index);
  }

  /** Closes both files; reading afterwards fails. */
  close(): void {
    this.#file.close();
    closeSync(this.#documents);
  }

  [Symbol.dispose](): void {
    this.close();
  }

  #places(tensor: string): Float64Array {
    return Float64Array.from(this.#file.read(tensor) as BigInt64Array, Number);
  }

  #line(offset: number): string {
    for (let size = LINE_BYTES; ; size *= 4) {
      const bytes = Buffer.alloc(size);
      const got = readSync(this.#documents, bytes, 0, size, offset);
      const end = bytes.indexOf(0x0a);
      if (end >= 0 && end < got) return bytes.toString('utf8', 0, end);
      if (got < size)
        throw new Error(
          `${documentsPath(this.#file.path)}: expected a document at byte ${offset}, got the end of the file; tokenize again`,
        );
    }
  }
}
