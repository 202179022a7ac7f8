import { concat, unitEnd } from './utf8.ts';
import { bytesHtml } from './token-html.ts';

/** Tokens shown as one: usually a single token, several where only together they are a character. */
export interface Unit {
  /** Positions [from, to) in the token list. */
  from: number;
  to: number;
  bytes: Uint8Array;
}

/** The bytes of every token, and how tokens read. */
export interface Vocabulary {
  readonly size: number;
  /** Bytes of a token; empty for an id that the vocabulary does not have. */
  bytes(token: number): Uint8Array;
  /** Groups a token list into units, in order. */
  units(tokens: readonly number[]): Unit[];
  /** A token by itself as HTML, for tables and lists. */
  tokenHtml(token: number): string;
}

const decoder = new TextDecoder();
const nothing = new Uint8Array();

/** Makes a vocabulary from base64 byte strings, as vocabulary.json holds them. */
export function vocabularyOf(base64: readonly string[]): Vocabulary {
  const tokens = base64.map((text) => new Uint8Array(Buffer.from(text, 'base64')));
  const bytes = (token: number): Uint8Array => tokens[token] ?? nothing;
  const alone = new Map<number, string>();
  return {
    size: tokens.length,
    bytes,
    units(list) {
      const strings = list.map(bytes);
      const units: Unit[] = [];
      for (let from = 0; from < list.length;) {
        const to = unitEnd(strings, from);
        units.push({ from, to, bytes: concat(strings.slice(from, to)) });
        from = to;
      }
      return units;
    },
    tokenHtml(token) {
      let html = alone.get(token);
      if (html === undefined) {
        html = bytesHtml(bytes(token), 'alone');
        alone.set(token, html);
      }
      return html;
    },
  };
}

/** Whether bytes are whitespace and nothing else, and so invisible unless marked. */
export function isBlank(bytes: Uint8Array): boolean {
  return /^\s+$/.test(decoder.decode(bytes));
}
