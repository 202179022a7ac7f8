import { letterCounts } from './direction.ts';
import { columnsOf, shownHtml } from './token-html.ts';
import { concat, endsOpen, goesOn, unitEnd } from './utf8.ts';

/** How a token, or several that only together are a character, are shown. */
export interface Glyph {
  bytes: Uint8Array;
  /** HTML in the run of an example. */
  running: string;
  runningBytes: number;
  /** HTML by itself, in a table or a list. */
  alone: string;
  aloneBytes: number;
  /** Elements in it as an example has it, at most. */
  elements: number;
  /** Whether it is whitespace and nothing else, and so invisible unless marked. */
  blank: boolean;
  /** Columns that it takes of a line in a fixed-width face, about. */
  columns: number;
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
  /**
   * Groups a token list into units, in order; of a long one only those of the places [from, to) and of the characters
   * that these are a part of.
   */
  units(tokens: readonly number[], from?: number, to?: number): Unit[];
  /** Whether a token begins in the middle of a character, or stops in it. */
  cut(token: number): { before: boolean; after: boolean };
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
  const continued = strings.map(goesOn);
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
    cut: (token) => ({ before: continued[token] ?? false, after: open[token] ?? false }),
    units(tokens, from = 0, to = tokens.length) {
      // A token that begins a character begins a unit, whatever stands before it.
      let start = from;
      while (start > 0 && continued[tokens[start] ?? 0]) start--;
      let stop = to;
      while (stop < tokens.length && continued[tokens[stop] ?? 0]) stop++;
      const units: Unit[] = [];
      while (start < stop) {
        const first = tokens[start] ?? 0;
        const end = open[first]
          ? unitEnd((at) => (at < stop ? (strings[tokens[at] ?? 0] ?? nothing) : undefined), start)
          : start + 1;
        units.push({
          from: start,
          to: end,
          glyph: end === start + 1 ? glyph(first) : glyphOfSeveral(tokens.slice(start, end)),
        });
        start = end;
      }
      return units;
    },
  };
}

function glyphOf(bytes: Uint8Array): Glyph {
  const text = decoder.decode(bytes);
  const running = shownHtml(bytes, 'running');
  const alone = shownHtml(bytes, 'alone');
  const blank = /^\s+$/.test(text);
  return {
    bytes,
    running,
    runningBytes: Buffer.byteLength(running),
    alone,
    aloneBytes: Buffer.byteLength(alone),
    elements: (blank ? alone : running).split('</').length - 1,
    blank,
    columns: columnsOf(running),
    ...letterCounts(text),
  };
}
