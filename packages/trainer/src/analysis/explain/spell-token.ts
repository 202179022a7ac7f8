import { textsOf } from './passage.ts';

/** A token of whole characters as it stands in a sentence: in backticks, a space before a word left out, what cannot be seen named. */
export function spellToken(bytes: Uint8Array): string {
  const [text] = textsOf([bytes]);
  if (text === undefined || text === '') return 'the end of a document';
  if (/^[\r\n]+$/.test(text)) return text.length > 1 ? 'line breaks' : 'a line break';
  if (/^ +$/.test(text)) return text.length > 1 ? `${text.length} spaces` : 'a space';
  if (/^\t+$/.test(text)) return text.length > 1 ? `${text.length} tabs` : 'a tab';
  const shown = text.replace(/^ (?=\S)/, '').replaceAll(/\p{Cc}/gu, escaped);
  return `\`${shown}\``;
}

/** A byte in two digits. */
export const hexadecimal = (byte: number): string => byte.toString(16).padStart(2, '0').toUpperCase();

function escaped(control: string): string {
  const known = { '\n': '\\n', '\r': '\\r', '\t': '\\t' }[control];
  return known ?? `\\x${hexadecimal(control.codePointAt(0)!)}`;
}
