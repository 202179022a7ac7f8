import { closeSync, openSync, readSync, rmSync } from 'node:fs';
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

/**
 * Writes the active entries of a dictionary to disk as they come, column by column. Later passes read them from
 * there, so that neither the device nor the heap ever holds those of more than a batch.
 */
export class EntryWriter {
  readonly #path: string;
  readonly #parts: readonly Appender[];
  #rows = 0;

  /** @param path of three files; each adds its own ending */
  constructor(path: string) {
    this.#path = path;
    this.#parts = PARTS.map((part) => new Appender(`${path}.${part}`));
  }

  /** Appends the rows that follow the last ones. */
  append({ rows, offsets, features, values }: Rows): void {
    const counts = Uint32Array.from({ length: rows }, (_, row) => offsets[row + 1]! - offsets[row]!);
    const entries = offsets[rows]!;
    const columns = [counts, features.subarray(0, entries), values.subarray(0, entries)];
    columns.forEach(({ buffer, byteOffset, byteLength }, i) => {
      this.#parts[i]!.append(new Uint8Array(buffer, byteOffset, byteLength));
    });
    this.#rows += rows;
  }

  /** Closes the files and opens them for reading. */
  finish(): EntryFile {
    for (const part of this.#parts) part.finish();
    return new EntryFile(this.#path, this.#rows);
  }
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

  /** Closes and deletes the files. */
  remove(): void {
    for (const file of this.#files) closeSync(file);
    for (const part of PARTS) rmSync(`${this.#path}.${part}`, { force: true });
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
