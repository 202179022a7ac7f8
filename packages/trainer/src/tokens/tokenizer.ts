/** What turns text into tokens and back: learnt here, or come along with an imported model. */
export interface TextTokenizer {
  /** Number of token ids, V; an imported vocabulary may have ids that stand for nothing. */
  readonly size: number;
  /** Id of the token that follows every document. */
  readonly endOfText: number;
  /** Token ids of a text. */
  encode(text: string): Uint32Array<ArrayBuffer>;
  /** The bytes of one token; none for an id that stands for nothing. @throws {RangeError} on an id that is no token */
  tokenBytes(id: number): Uint8Array<ArrayBuffer>;
}

/** A tokenizer cannot be read; the message is one sentence for the user. */
export class TokenizerError extends Error {
  override name = 'TokenizerError';
}
