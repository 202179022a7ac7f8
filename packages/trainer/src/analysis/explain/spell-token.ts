import { textsOf } from './passage.ts';

/**
 * A token of whole characters as it stands in a sentence: in backticks, a space before a word left out, what cannot be
 * seen named, and what stands above or below a letter on a dotted circle.
 */
export function spellToken(bytes: Uint8Array): string {
  const [text] = textsOf([bytes]);
  if (text === undefined || text === '') return 'the end of a document';
  if (/^[\r\n \t]+$/.test(text)) return spellBlank(text);
  const shown = text
    .replace(/^ (?=\S)/, '')
    .replace(/^\p{M}/u, '\u25cc$&')
    .replaceAll(/\p{Cc}/gu, escaped);
  return `\`${shown}\``;
}

/** As `a line break and 9 spaces`. */
function spellBlank(text: string): string {
  const phrases = text.match(/[\r\n]+| +|\t+/g)!.map((run) => {
    if (run.startsWith(' ')) return run.length > 1 ? `${run.length} spaces` : 'a space';
    if (run.startsWith('\t')) return run.length > 1 ? `${run.length} tabs` : 'a tab';
    return /^(?:\r?\n|\r)$/.test(run) ? 'a line break' : 'line breaks';
  });
  return phrases.join(' and ');
}

/** A byte in two digits. */
export const hexadecimal = (byte: number): string => byte.toString(16).padStart(2, '0').toUpperCase();

function escaped(control: string): string {
  const known = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[control];
  return known ?? `\\x${hexadecimal(control.codePointAt(0)!)}`;
}
