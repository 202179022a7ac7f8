import { END_OF_TEXT, PRE_TOKEN_BYTES, detached, eachPreToken } from './pre-tokens.ts';
import type { TextTokenizer } from './tokenizer.ts';
import { Spelling, type Merge } from './spelling.ts';

// Words repeat, so their tokens are remembered; runs of base64 or DNA do not, so the memory is emptied when full.
const REMEMBERED_WORDS = 1 << 16;
const NO_MERGE = 0x7fffffff;
const UNSPLIT_BYTES = 64;

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * A byte-level byte-pair tokenizer. Ids 0 to 255 are the bytes, then come the merges in the order they were
 * learnt, and the last id is the end-of-text token. Any bytes can be encoded and come back the same.
 */
export class Tokenizer implements TextTokenizer {
  readonly merges: readonly Merge[];
  /** Number of tokens, V. */
  readonly size: number;
  /** Id of the token that follows every document; its bytes spell `<|endoftext|>`. */
  readonly endOfText: number;
  readonly #spelling = new Spelling();
  /** Position in `merges` of a pair, and the token each merge makes. */
  readonly #rank = new Map<number, number>();
  readonly #made: Int32Array;
  readonly #words = new Map<string, readonly number[]>();
  readonly #bytes = new Uint8Array(PRE_TOKEN_BYTES);
  readonly #tokens = new Int32Array(PRE_TOKEN_BYTES);
  readonly #ranks = new Int32Array(PRE_TOKEN_BYTES);

  constructor(merges: readonly Merge[]) {
    this.merges = merges;
    this.#made = Int32Array.from(merges, ([left, right]) => this.#spelling.merge(left, right));
    this.endOfText = this.#spelling.size;
    this.size = this.#spelling.size + 1;
    for (const [rank, [left, right]] of merges.entries()) this.#rank.set(left * this.size + right, rank);
  }

  /** Token ids of a text. A lone surrogate is encoded as U+FFFD. */
  encode(text: string): Uint32Array<ArrayBuffer> {
    const ids: number[] = [];
    const append = (word: string): void => {
      for (const id of this.#wordIds(word)) ids.push(id);
    };
    for (const [i, part] of text.split(END_OF_TEXT).entries()) {
      if (i > 0) ids.push(this.endOfText);
      eachPreToken(part, append);
    }
    return Uint32Array.from(ids);
  }

  /** Token ids of bytes: those of the text where they are UTF-8; of pieces of 64 bytes where they are not. */
  encodeBytes(bytes: Uint8Array): Uint32Array<ArrayBuffer> {
    const text = textOf(bytes);
    if (text !== null) return this.encode(text);
    const ids: number[] = [];
    for (let start = 0; start < bytes.length; start += UNSPLIT_BYTES)
      for (const id of this.#merge(bytes.subarray(start, start + UNSPLIT_BYTES))) ids.push(id);
    return Uint32Array.from(ids);
  }

  /** The bytes the ids stand for; not always whole characters. @throws {RangeError} on an id that is no token */
  decode(ids: Iterable<number>): Uint8Array<ArrayBuffer> {
    let bytes = '';
    for (const id of ids) bytes += this.#latin1(id);
    return bytesOf(bytes);
  }

  /** The bytes of one token. @throws {RangeError} on an id that is no token */
  tokenBytes(id: number): Uint8Array<ArrayBuffer> {
    return bytesOf(this.#latin1(id));
  }

  #latin1(id: number): string {
    if (id === this.endOfText) return END_OF_TEXT;
    if (!Number.isInteger(id) || id < 0 || id >= this.size)
      throw new RangeError(`token id: expected an integer from 0 to ${this.size - 1}, got ${id}`);
    return this.#spelling.of(id);
  }

  #wordIds(word: string): readonly number[] {
    const remembered = this.#words.get(word);
    if (remembered) return remembered;
    const { written } = encoder.encodeInto(word, this.#bytes);
    const ids = this.#merge(this.#bytes.subarray(0, written));
    if (this.#words.size >= REMEMBERED_WORDS) this.#words.clear();
    this.#words.set(detached(word), ids);
    return ids;
  }

  /** Applies the merges to one word: always the earliest learnt that applies, leftmost first. */
  #merge(bytes: Uint8Array): readonly number[] {
    const [tokens, ranks] = [this.#tokens, this.#ranks];
    tokens.set(bytes);
    let length = bytes.length;
    const rankAt = (place: number): number =>
      place + 1 < length
        ? (this.#rank.get(tokens[place]! * this.size + tokens[place + 1]!) ?? NO_MERGE)
        : NO_MERGE;
    for (let place = 0; place < length; place += 1) ranks[place] = rankAt(place);
    for (;;) {
      let best = 0;
      for (let place = 1; place < length; place += 1) if (ranks[place]! < ranks[best]!) best = place;
      const rank = length > 0 ? ranks[best]! : NO_MERGE;
      if (rank === NO_MERGE) return Array.from(tokens.subarray(0, length));
      tokens[best] = this.#made[rank]!;
      tokens.copyWithin(best + 1, best + 2, length);
      ranks.copyWithin(best + 1, best + 2, length);
      length -= 1;
      ranks[best] = rankAt(best);
      if (best > 0) ranks[best - 1] = rankAt(best - 1);
    }
  }
}

/** Bytes as the text that they are in UTF-8; null where they are none. */
function textOf(bytes: Uint8Array): string | null {
  try {
    return decoder.decode(bytes);
  } catch {
    return null;
  }
}

/** @param latin1 a character a byte */
function bytesOf(latin1: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(latin1.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = latin1.charCodeAt(i);
  return bytes;
}
