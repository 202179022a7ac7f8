const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/**
 * Characters that a reader cannot see or that change how their neighbours are shown: controls, zero-width marks,
 * bidirectional marks, overrides and isolates, line and paragraph separators, tags, noncharacters of the BMP.
 */
export const UNSEEN =
  // oxlint-disable-next-line no-control-regex, no-misleading-character-class
  /[\u0000-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]/gu;

/** `U+202E` for a character. */
export function codePoint(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`;
}

/** Escapes well-formed text for the inside of an element, in as few bytes as may be. */
export function escapeText(text: string): string {
  return text.replace(/[&<]/g, (character) => entities[character] ?? character);
}

/** Escapes well-formed text for the inside of an element or of a double-quoted attribute. */
export function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => entities[character] ?? character);
}

/** Characters of a name or a sentence that pages show. */
const LONGEST = 800;

/**
 * Text that may hold anything, such as a document's id, so that all of it is seen: unseen characters become their code
 * points, lone surrogates become U+FFFD, and what is longer than a sentence is cut short.
 */
export function seen(text: string): string {
  return cut(text, LONGEST).toWellFormed().replace(UNSEEN, codePoint);
}

/** Text of at most so many characters; what is cut ends in an ellipsis, and in no half of a character. */
export function cut(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, '')}…` : text;
}

/** The same as HTML, for an element, an attribute or a title. */
export const plain = (text: string): string => escape(seen(text));
