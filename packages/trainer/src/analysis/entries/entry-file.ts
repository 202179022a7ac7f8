import { closeSync, existsSync, openSync, readSync } from 'node:fs';
import { crc32 } from 'node:zlib';
import { Appender } from '../../tokens/appender.ts';

/** Active entries of consecutive tokens: those of row r are `offsets[r]` to `offsets[r + 1]`, features ascending. */
export interface Rows {
  /** Evaluation token that row 0 belongs to. */
  readonly first: number;
  readonly rows: number;
  /** (rows + 1), from 0. */
  readonly offsets: Uint32Array;
  readonly features: Uint32Array;
  readonly values: Float32Array;
}

const PARTS = ['counts', 'features', 'values'] as const;
/** Bytes read at a time to check them. */
const PIECE_BYTES = 1 << 20;

/** Stretches that the files of entries were written in, one after another: of each file, how long and with what checksum. */
export interface Segments {
  /** Tokens that were appended. */
  readonly rows: number;
  /** By part. */
  readonly parts: readonly (readonly { readonly bytes: number; readonly crc32: number }[])[];
}

/**
 * Writes the active entries of a dictionary to disk as they come, column by column. Later passes read them from
 * there, so that neither the device nor the heap ever holds those of more than a batch.
 */
export class EntryWriter {
  readonly #path: string;
  readonly #parts: readonly Appender[];
  readonly #segments: { bytes: number; crc32: number }[][];
  /** Of what was written since the last segment ended. */
  #checksums = PARTS.map(() => 0);
  #rows: number;

  /**
   * @param path of three files; each adds its own ending
   * @param kept what an earlier attempt wrote, to go on after; whatever is behind it is dropped
   */
  constructor(path: string, kept: Segments | null = null) {
    this.#path = path;
    this.#segments = PARTS.map((_, i) => [...(kept?.parts[i] ?? [])]);
    this.#rows = kept?.rows ?? 0;
    this.#parts = PARTS.map(
      (part, i) => new Appender(`${path}.${part}`, kept === null ? null : bytesOf(this.#segments[i]!)),
    );
  }

  /** Appends the rows that follow the last ones. */
  append({ rows, offsets, features, values }: Rows): void {
    const counts = new Uint32Array(rows);
    for (let row = 0; row < rows; row++) counts[row] = offsets[row + 1]! - offsets[row]!;
    const entries = offsets[rows]!;
    const columns = [counts, features.subarray(0, entries), values.subarray(0, entries)];
    columns.forEach(({ buffer, byteOffset, byteLength }, i) => {
      const bytes = new Uint8Array(buffer, byteOffset, byteLength);
      this.#parts[i]!.append(bytes);
      this.#checksums[i] = crc32(bytes, this.#checksums[i]);
    });
    this.#rows += rows;
  }

  /** Has the disk take everything, while others go on. */
  async flushed(): Promise<void> {
    await Promise.all(this.#parts.map((part) => part.flushed()));
  }

  /** Ends a segment once the disk has it, and says what was written in all. */
  seal(): Segments {
    this.#parts.forEach((part, i) => {
      part.sync();
      const bytes = part.bytes - bytesOf(this.#segments[i]!);
      if (bytes > 0) this.#segments[i]!.push({ bytes, crc32: this.#checksums[i]! });
    });
    this.#checksums = PARTS.map(() => 0);
    return { rows: this.#rows, parts: this.#segments.map((segments) => [...segments]) };
  }

  /** Closes the files and opens them for reading. */
  finish(): EntryFile {
    for (const part of this.#parts) part.finish();
    return new EntryFile(this.#path, this.#rows);
  }
}

/** Total of some segments. */
function bytesOf(segments: readonly { readonly bytes: number }[]): number {
  return segments.reduce((sum, { bytes }) => sum + bytes, 0);
}

/** What is wrong with the files of entries up to where segments end, in a few words; null where they are as written. */
export function entriesFault(path: string, { parts }: Segments): string | null {
  const piece = Buffer.alloc(PIECE_BYTES);
  for (const [i, part] of PARTS.entries()) {
    const name = `${path}.${part}`;
    if (!existsSync(name)) return `${name} is missing`;
    const file = openSync(name, 'r');
    try {
      let at = 0;
      for (const { bytes, crc32: written } of parts[i]!) {
        let checksum = 0;
        for (let left = bytes; left > 0;) {
          const got = readSync(file, piece, 0, Math.min(left, PIECE_BYTES), at);
          if (got === 0) return `${name} ends early`;
          checksum = crc32(piece.subarray(0, got), checksum);
          at += got;
          left -= got;
        }
        if (checksum !== written) return `the checksum of ${name} is not that of what it holds`;
      }
    } finally {
      closeSync(file);
    }
  }
  return null;
}

/** Active entries of a dictionary over the evaluation tokens, on disk. */
export class EntryFile {
  /** Tokens, active or not. */
  readonly rows: number;
  readonly #path: string;
  readonly #files: readonly number[];

  constructor(path: string, rows: number) {
    this.rows = rows;
    this.#path = path;
    this.#files = PARTS.map((part) => openSync(`${path}.${part}`, 'r'));
  }

  /**
   * Reads everything from the first token on, some rows at a time. A yielded object is valid until the next one.
   *
   * @param rows tokens in each piece; the last may have fewer
   */
  *pieces(rows: number): Generator<Rows> {
    const counts = new Uint32Array(rows);
    const offsets = new Uint32Array(rows + 1);
    let features = new Uint32Array(0);
    let values = new Float32Array(0);
    let before = 0;
    for (let first = 0; first < this.rows; first += rows) {
      const here = Math.min(rows, this.rows - first);
      this.#read(0, counts.subarray(0, here), first);
      for (let row = 0; row < here; row++) offsets[row + 1] = offsets[row]! + counts[row]!;
      const entries = offsets[here]!;
      if (entries > features.length) {
        features = new Uint32Array(2 * entries);
        values = new Float32Array(2 * entries);
      }
      this.#read(1, features.subarray(0, entries), before);
      this.#read(2, values.subarray(0, entries), before);
      before += entries;
      yield { first, rows: here, offsets, features, values };
    }
  }

  /** Closes the files; what they hold may be wanted by another attempt. */
  close(): void {
    for (const file of this.#files) closeSync(file);
  }

  /** Fills an array of 32-bit elements from element `start` of a part. */
  #read(part: number, into: Uint32Array | Float32Array, start: number): void {
    const bytes = new Uint8Array(into.buffer, into.byteOffset, into.byteLength);
    for (let done = 0; done < bytes.length;) {
      const got = readSync(this.#files[part]!, bytes, done, bytes.length - done, start * 4 + done);
      if (got === 0) throw new Error(`internal: ${this.#path}.${PARTS[part]} ends early`);
      done += got;
    }
  }
}
