/** A stretch of bytes as text, or one byte that is no part of any character. */
export type Piece = { text: string } | { byte: number };

const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

/**
 * Bytes that a character starting with `lead` needs after it, and the range of the first of them; undefined when
 * no character starts so. The ranges exclude overlong forms, surrogates and what lies past U+10FFFF.
 */
function following(lead: number): { count: number; low: number; high: number } | undefined {
  if (lead < 0x80) return { count: 0, low: 0, high: 0 };
  if (lead >= 0xc2 && lead <= 0xdf) return { count: 1, low: 0x80, high: 0xbf };
  if (lead === 0xe0) return { count: 2, low: 0xa0, high: 0xbf };
  if (lead === 0xed) return { count: 2, low: 0x80, high: 0x9f };
  if (lead >= 0xe1 && lead <= 0xef) return { count: 2, low: 0x80, high: 0xbf };
  if (lead === 0xf0) return { count: 3, low: 0x90, high: 0xbf };
  if (lead >= 0xf1 && lead <= 0xf3) return { count: 3, low: 0x80, high: 0xbf };
  if (lead === 0xf4) return { count: 3, low: 0x80, high: 0x8f };
  return undefined;
}

/** Length of the character at `at`; 0 when the bytes there are none; negative when they only begin one. */
function characterAt(bytes: Uint8Array, at: number): number {
  const needs = following(bytes[at] ?? 0xff);
  if (!needs) return 0;
  for (let i = 1; i <= needs.count; i++) {
    const byte = bytes[at + i];
    if (byte === undefined) return -i;
    if (byte < (i === 1 ? needs.low : 0x80) || byte > (i === 1 ? needs.high : 0xbf)) return 0;
  }
  return needs.count + 1;
}

/** Splits bytes into text and the bytes that belong to no character, in order. */
export function decode(bytes: Uint8Array): Piece[] {
  const pieces: Piece[] = [];
  let start = 0;
  let at = 0;
  const closeText = (): void => {
    if (at > start) pieces.push({ text: decoder.decode(bytes.subarray(start, at)) });
  };
  while (at < bytes.length) {
    const length = characterAt(bytes, at);
    if (length > 0) at += length;
    else {
      closeText();
      pieces.push({ byte: bytes[at] ?? 0 });
      start = ++at;
    }
  }
  closeText();
  return pieces;
}

/** The bytes at the end that begin a character without completing it; undefined when there are none. */
function openTail(bytes: Uint8Array): Uint8Array | undefined {
  let at = 0;
  while (at < bytes.length) {
    const length = characterAt(bytes, at);
    if (length < 0) return bytes.subarray(at);
    at += length || 1;
  }
  return undefined;
}

/** Whether the bytes stop in the middle of a character. */
export function endsOpen(bytes: Uint8Array): boolean {
  return openTail(bytes) !== undefined;
}

/** Whether the bytes begin in the middle of a character. */
export function goesOn([first]: Uint8Array): boolean {
  return first !== undefined && (first & 0xc0) === 0x80;
}

/**
 * Where the unit starting at token `start` ends (exclusive): the token itself, and the ones after it as long as
 * they complete a character that it leaves open.
 *
 * @param token bytes of the token at a place; undefined past the end
 */
export function unitEnd(token: (at: number) => Uint8Array | undefined, start: number): number {
  let pending = openTail(token(start) ?? new Uint8Array());
  let end = start + 1;
  for (let next = end; pending; next++) {
    const bytes = token(next);
    if (!bytes) break;
    const joined: Uint8Array = concat([pending, bytes]);
    const length = characterAt(joined, 0);
    if (length === 0) break;
    if (length < 0) pending = joined;
    else {
      end = next + 1;
      pending = openTail(joined.subarray(length));
    }
  }
  return end;
}

/** Joins byte strings. */
export function concat(parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}
