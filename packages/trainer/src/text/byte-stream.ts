import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { createGunzip } from 'node:zlib';
import { CorpusError } from './corpus-error.ts';
import type { CorpusFile } from './corpus-files.ts';

/**
 * The bytes of a file in pieces, decompressed where it is gzip, without its UTF-8 byte order mark.
 *
 * @throws {CorpusError} if it cannot be read, or is not whole gzip data though its name says so
 */
export async function* byteStream(file: CorpusFile): AsyncGenerator<Buffer> {
  const raw = createReadStream(file.path);
  // The callback is required; the error it gets also reaches whoever iterates.
  const stream = file.gzip ? pipeline(raw, createGunzip(), () => undefined) : raw;
  let start = true;
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const bytes =
        start && chunk.length > 2 && chunk.readUIntBE(0, 3) === 0xefbbbf ? chunk.subarray(3) : chunk;
      start = false;
      if (bytes.length > 0) yield bytes;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // zlib's codes begin with Z_; anything else comes from the file system.
    if (code?.startsWith('Z_'))
      throw new CorpusError(
        `${file.path}: expected whole gzip data, got something else or only a part (${message}); compress it again or take .gz off its name`,
      );
    if (code === undefined) throw error;
    throw new CorpusError(
      `${file.path}: expected a readable file, got ${message}; check the file and its permissions`,
    );
  }
}
