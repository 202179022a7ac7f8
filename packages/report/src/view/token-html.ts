import { UNSEEN, codePoint, escapeText } from './escape.ts';
import { decode } from './utf8.ts';

/** Where tokens are shown: in the run of an example, or by themselves in a table or a list. */
export type Setting = 'running' | 'alone';

/**
 * Bytes of one or several tokens as HTML. Text is escaped; what cannot be seen becomes an element
 * whose sign the style sheet draws (`s-` a space, a chip many of them, `n-` a newline, `t-` a tab, `m-` what a mark combines with, a chip
 * otherwise), so that copying gives the original characters; bytes of no character become chips such as \xE2.
 */
export function bytesHtml(bytes: Uint8Array, setting: Setting): string {
  if (bytes.length === 0) return chip('empty');
  return decode(bytes)
    .map((piece) =>
      'text' in piece
        ? textHtml(piece.text, setting)
        : chip(`\\x${piece.byte.toString(16).toUpperCase().padStart(2, '0')}`),
    )
    .join('');
}

const decoder = new TextDecoder();

/** Bytes of a token that pages show; tokens of code and base64 may have thousands. Lists have less room than lines. */
const LONGEST = { running: 256, alone: 64 } as const;
/** Chips for what is no character or cannot be seen that a token shows: each is an element. */
const CHIPS = 8;

/** The beginning of a token that is too long for a page, with a chip that says how much is left out. */
function shortened(bytes: Uint8Array, setting: Setting): { shown: Uint8Array; rest: string } {
  const end = endOf(bytes, LONGEST[setting]);
  return end === bytes.length
    ? { shown: bytes, rest: '' }
    : { shown: bytes.subarray(0, end), rest: chip(`… ${bytes.length - end} bytes more`) };
}

/** Tokens that stand for no text, as `<|endoftext|>` between documents. */
const SPECIAL = /^<\|(\w{1,32})\|>$/;

/** What pages show of a token, as HTML; one that stands for no text is a chip with its name. */
export function shownHtml(bytes: Uint8Array, setting: Setting): string {
  const special = bytes[0] === 0x3c && SPECIAL.exec(decoder.decode(bytes));
  if (special) {
    const [text, name = ''] = special;
    return chip(name === 'endoftext' ? 'end of text' : name.replaceAll('_', ' '), escapeText(text));
  }
  const { shown, rest } = shortened(bytes, setting);
  return bytesHtml(shown, setting) + rest;
}

/** Where the part of a token that is shown ends: after so many bytes or chips, and never within a character. */
function endOf(bytes: Uint8Array, most: number): number {
  if (bytes.length <= CHIPS) return bytes.length;
  let end = 0;
  let chips = 0;
  // The last character may begin before the bound and end after it.
  for (const piece of decode(bytes.subarray(0, most + 3))) {
    for (const part of 'text' in piece ? piece.text : [piece.byte]) {
      const size = typeof part === 'number' ? 1 : bytesOf(part);
      if (typeof part === 'number' || (part.search(UNSEEN) >= 0 && !/[\n\t]/.test(part))) chips++;
      if (end + size > most || chips > CHIPS) return end;
      end += size;
    }
  }
  return end;
}

/** Bytes of a character in UTF-8. */
function bytesOf(character: string): number {
  const code = character.codePointAt(0)!;
  return code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
}

/** Bytes as plain text for titles and tooltips, on one line and without anything unseen. */
export function bytesText(bytes: Uint8Array): string {
  const { shown } = shortened(bytes, 'alone');
  const cut = shown.length < bytes.length ? '…' : '';
  return textOf(shown) + cut;
}

/** Characters that are twice as wide as Latin letters in a fixed-width face. */
const WIDE =
  /[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE4F\uFF00-\uFF60\u{1F300}-\u{1FAFF}\u{20000}-\u{3FFFF}]/u;

/** Columns that the HTML of a token takes of a line in a fixed-width face, about: marks none, a chip that of its sign. */
export function columnsOf(html: string): number {
  let columns = 0;
  const seen = html.replace(/<bdi class=x data-c="([^"]*)">[^<]*/g, ' $1 ').replace(/<[^>]*>/g, '');
  for (const character of seen.replace(/&[^;]*;/g, '&'))
    if (!/\p{M}/u.test(character)) columns += WIDE.test(character) ? 2 : 1;
  return columns;
}

function textOf(bytes: Uint8Array): string {
  return decode(bytes)
    .map((piece) =>
      'text' in piece
        ? piece.text.replace(/\n/g, '↵').replace(/\t/g, '⇥').replace(UNSEEN, codePoint)
        : `\\x${piece.byte.toString(16).toUpperCase().padStart(2, '0')}`,
    )
    .join('');
}

function textHtml(text: string, setting: Setting): string {
  let html = setting === 'alone' && /^\p{M}/u.test(text) ? '<m-></m->' : '';
  let at = 0;
  for (const { 0: character, index } of text.matchAll(UNSEEN)) {
    html += seenHtml(text.slice(at, index), setting) + unseenHtml(character);
    at = index + character.length;
  }
  return html + seenHtml(text.slice(at), setting);
}

function seenHtml(text: string, setting: Setting): string {
  if (setting === 'running') return escapeText(text);
  // Spaces at either end are what distinguishes one token from another; between words they speak for themselves.
  return escapeText(text).replace(/^\p{Zs}+|\p{Zs}+$/gu, (spaces) =>
    /^ {4,}$/.test(spaces) ? chip(`␣×${spaces.length}`, spaces) : spaces.replace(/./gu, '<s->$&</s->'),
  );
}

function unseenHtml(character: string): string {
  if (character === '\n') return '<n->\n</n->';
  if (character === '\t') return '<t->\t</t->';
  // NUL and carriage return do not survive an HTML parser; of them only the sign is shown. The rest is kept for
  // copying, inside an isolate so that an override reaches no further.
  const kept = character === '\0' || character === '\r' ? '' : character;
  return chip(codePoint(character), kept);
}

function chip(sign: string, content = ''): string {
  return `<bdi class=x data-c="${sign}">${content}</bdi>`;
}
