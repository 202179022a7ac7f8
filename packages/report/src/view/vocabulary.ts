import { letterCounts } from './direction.ts';
import { bytesHtml, shortened } from './token-html.ts';
import { concat, endsOpen, unitEnd } from './utf8.ts';

/** How a token, or several that only together are a character, are shown. */
export interface Glyph {
  bytes: Uint8Array;
  /** HTML in the run of an example. */
  running: string;
  runningBytes: number;
  /** HTML by itself, in a table or a list. */
  alone: string;
  aloneBytes: number;
  /** Whether it is whitespace and nothing else, and so invisible unless marked. */
  blank: boolean;
  letters: number;
  rightToLeft: number;
}

/** Tokens shown as one: usually a single token, several where only together they are a character. */
export interface Unit {
  /** Positions [from, to) in the token list. */
  from: number;
  to: number;
  glyph: Glyph;
}

/** The bytes of every token, and how tokens read. */
export interface Vocabulary {
  readonly size: number;
  /** Groups a token list into units, in order. */
  units(tokens: readonly number[]): Unit[];
  /** A token by itself; an id that the vocabulary does not have is an empty token. */
  glyph(token: number): Glyph;
}

/** Characters of several tokens that are remembered; more are forgotten and made again. */
const REMEMBERED = 50_000;

const decoder = new TextDecoder();
const nothing = new Uint8Array();

/** Makes a vocabulary from base64 byte strings, as vocabulary.json holds them. */
export function vocabularyOf(base64: readonly string[]): Vocabulary {
  const strings = base64.map((text) => new Uint8Array(Buffer.from(text, 'base64')));
  const open = strings.map(endsOpen);
  const single: (Glyph | undefined)[] = [];
  const joined = new Map<string, Glyph>();

  const glyph = (token: number): Glyph => (single[token] ??= glyphOf(strings[token] ?? nothing));
  const glyphOfSeveral = (tokens: readonly number[]): Glyph => {
    const key = tokens.join();
    let made = joined.get(key);
    if (!made) {
      if (joined.size >= REMEMBERED) joined.clear();
      made = glyphOf(concat(tokens.map((token) => strings[token] ?? nothing)));
      joined.set(key, made);
    }
    return made;
  };
  return {
    size: strings.length,
    glyph,
    units(tokens) {
      const units: Unit[] = [];
      for (let from = 0; from < tokens.length;) {
        const first = tokens[from] ?? 0;
        const end = open[first]
          ? unitEnd((at) => (at < tokens.length ? (strings[tokens[at] ?? 0] ?? nothing) : undefined), from)
          : from + 1;
        units.push({
          from,
          to: end,
          glyph: end === from + 1 ? glyph(first) : glyphOfSeveral(tokens.slice(from, end)),
        });
        from = end;
      }
      return units;
    },
  };
}

function glyphOf(bytes: Uint8Array): Glyph {
  const text = decoder.decode(bytes);
  const { shown, rest } = shortened(bytes);
  const running = bytesHtml(shown, 'running') + rest;
  const alone = bytesHtml(shown, 'alone') + rest;
  return {
    bytes,
    running,
    runningBytes: Buffer.byteLength(running),
    alone,
    aloneBytes: Buffer.byteLength(alone),
    blank: /^\s+$/.test(text),
    ...letterCounts(text),
  };
}
