import { closeSync, fsync, fsyncSync, ftruncateSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { SafetensorsError } from '../artefacts/safetensors.ts';

const BUFFER_BYTES = 1 << 20;

/**
 * A file that only grows, written in large pieces. `bytes` counts what was appended, flushed or not.
 * Every method throws a SafetensorsError when the disk is full.
 */
export class Appender {
  readonly path: string;
  bytes = 0;
  readonly #file: number;
  readonly #buffer = new Uint8Array(BUFFER_BYTES);
  #filled = 0;
  #written = 0;
  #closed = false;

  /** @param from bytes of a file that is there already to go on after; without it the file is made anew */
  constructor(path: string, from: number | null = null) {
    this.path = path;
    this.#file = openSync(path, from === null ? 'w+' : 'r+');
    if (from === null) return;
    ftruncateSync(this.#file, from);
    this.bytes = this.#written = from;
  }

  append(bytes: Uint8Array): void {
    this.bytes += bytes.length;
    for (let done = 0; done < bytes.length;) {
      const part = bytes.subarray(done, done + BUFFER_BYTES - this.#filled);
      this.#buffer.set(part, this.#filled);
      this.#filled += part.length;
      done += part.length;
      if (this.#filled === BUFFER_BYTES) this.#flush();
    }
  }

  /** Appends everything another one holds. */
  appendAll(other: Appender): void {
    other.#flush();
    const part = new Uint8Array(BUFFER_BYTES);
    for (let at = 0; at < other.bytes;) {
      const got = readSync(other.#file, part, 0, part.length, at);
      if (got === 0)
        throw new Error(`${other.path}: expected ${other.bytes} bytes, got ${at}; the file was cut short`);
      this.append(part.subarray(0, got));
      at += got;
    }
  }

  /** Replaces bytes that were appended before. */
  overwrite(bytes: Uint8Array, position: number): void {
    this.#flush();
    this.#write(bytes, position);
  }

  /** Writes what is left, and waits until the disk has it. */
  sync(): void {
    this.#flush();
    fsyncSync(this.#file);
  }

  /** The same, while others go on; nothing is to be appended meanwhile. */
  async flushed(): Promise<void> {
    this.#flush();
    await promisify(fsync)(this.#file);
  }

  /** Writes what is left, waits until the disk has it, and closes. */
  finish(): void {
    this.sync();
    this.#close();
  }

  /** Closes and deletes the file. */
  discard(): void {
    this.#close();
    rmSync(this.path, { force: true });
  }

  #close(): void {
    if (!this.#closed) closeSync(this.#file);
    this.#closed = true;
  }

  #flush(): void {
    this.#write(this.#buffer.subarray(0, this.#filled), this.#written);
    this.#written += this.#filled;
    this.#filled = 0;
  }

  #write(bytes: Uint8Array, position: number): void {
    try {
      for (let done = 0; done < bytes.length;)
        done += writeSync(this.#file, bytes, done, bytes.length - done, position + done);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      throw new SafetensorsError(
        `${this.path}: the disk is full after ${position} bytes; free some space and run again`,
        { cause: error },
      );
    }
  }
}
