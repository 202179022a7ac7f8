import { isUtf8 } from 'node:buffer';
import { byteStream } from './byte-stream.ts';
import { CorpusError } from './corpus-error.ts';
import type { CorpusFile } from './corpus-files.ts';

// One long text must still be divided between training and validation, and one file of many gigabytes must
// stream, so what is longer than an article is read as passages.
const LONGEST_WHOLE = 64 << 10;
const PASSAGE = 16 << 10;
const NEWLINE = 0x0a;

export interface TextPassage {
  /** Byte offset in the (decompressed) text; null where the file is one document. */
  readonly offset: number | null;
  readonly text: string;
}

/**
 * The documents of a .txt file: the file itself up to 64 KiB; beyond that passages of at most 16 KiB, cut
 * after a line where there is one in the second half, else between two characters.
 *
 * @throws {CorpusError} if a passage is not UTF-8 or more than a third of it is NUL
 */
export async function* textPassages(file: CorpusFile): AsyncGenerator<TextPassage> {
  let pending: Buffer = Buffer.alloc(0);
  let offset = 0;
  let inPassages = false;
  for await (const chunk of byteStream(file)) {
    pending = Buffer.concat([pending, chunk]);
    inPassages ||= pending.length > LONGEST_WHOLE;
    while (inPassages && pending.length > PASSAGE) {
      const end = passageEnd(pending);
      yield { offset, text: decode(pending.subarray(0, end), file.path, offset) };
      pending = pending.subarray(end);
      offset += end;
    }
  }
  if (pending.length > 0)
    yield { offset: inPassages ? offset : null, text: decode(pending, file.path, offset) };
}

function passageEnd(bytes: Buffer): number {
  const newline = bytes.lastIndexOf(NEWLINE, PASSAGE - 1);
  if (newline >= PASSAGE / 2) return newline + 1;
  let end = PASSAGE;
  // 10xxxxxx continues a character, of which it has at most three.
  while (end > PASSAGE - 4 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return end;
}

function decode(bytes: Buffer, path: string, offset: number): string {
  const fail = (got: string): never => {
    throw new CorpusError(
      `${path}: expected UTF-8 text, got ${got}; convert the file or take it out of the corpus`,
    );
  };
  const mark = offset === 0 && bytes.length > 1 ? bytes.readUInt16BE(0) : 0;
  if (mark === 0xfeff || mark === 0xfffe) fail('UTF-16');
  if (!isUtf8(bytes)) fail(`binary data or another encoding at byte ${offset + firstNotUtf8(bytes)}`);
  let nulls = 0;
  for (let at = bytes.indexOf(0); at >= 0; at = bytes.indexOf(0, at + 1)) nulls += 1;
  if (nulls > bytes.length / 3)
    fail(`binary data: ${nulls} of ${bytes.length} bytes after byte ${offset} are NUL`);
  return bytes.toString('utf8');
}

/** Place of the first byte that is no UTF-8: where what was read differs once it is written again. */
function firstNotUtf8(bytes: Buffer): number {
  const again = Buffer.from(bytes.toString('utf8'));
  return bytes.findIndex((byte, at) => again[at] !== byte);
}
