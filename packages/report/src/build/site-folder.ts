import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that a site is written into; it knows what the site weighs so far. */
export class SiteFolder {
  readonly #folder: string;
  readonly #scratch = Buffer.allocUnsafe(1 << 20);
  #bytes = 0;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Bytes written so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Makes the folders that a file lies in, where there are none. */
  makeFolderOf(file: string): void {
    mkdirSync(join(this.#folder, dirname(file)), { recursive: true });
  }

  /** Writes a file of the site, in a folder that is there. */
  save(file: string, content: string | Buffer): void {
    const bytes = typeof content === 'string' ? this.#encoded(content) : content;
    this.#bytes += bytes.length;
    writeFileSync(join(this.#folder, file), bytes);
  }

  /** Writes a file, and the folders that it lies in. */
  make(file: string, content: string | Buffer): void {
    this.makeFolderOf(file);
    this.save(file, content);
  }

  /** Copies a file from elsewhere. */
  copy(from: string, file: string): void {
    copyFileSync(from, join(this.#folder, file));
    this.#bytes += statSync(from).size;
  }

  /** Text of a file that is there already, as the pages that Astro rendered are. */
  read(file: string): string {
    return readFileSync(join(this.#folder, file), 'utf8');
  }

  remove(file: string): void {
    rmSync(join(this.#folder, file));
  }

  #encoded(text: string): Buffer {
    // A character of a string is at most three bytes. New buffers would pile up faster than they are collected.
    return text.length * 3 <= this.#scratch.length
      ? this.#scratch.subarray(0, this.#scratch.write(text))
      : Buffer.from(text);
  }
}
