import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describeShape } from '@monosema/engine';
import { readSafetensors, type SafetensorsFile } from '../artefacts/safetensors.ts';

/** Files are not activation shards that can be read; the message is one sentence for the user. */
export class ActivationShardError extends Error {
  override name = 'ActivationShardError';
}

/** Files that are open at a time; a folder may have thousands. */
const OPEN_FILES = 64;

interface Shard {
  readonly path: string;
  /** Name of the tensor of activations. */
  readonly tensor: string;
  readonly rows: number;
}

/**
 * Activation vectors in safetensors files, ours or of any other tool: each file has one matrix (N,A) of floats, whatever
 * its name, and may have tensors of other shapes beside it. Rows are read by range; nothing is held.
 */
export class ActivationShards implements Disposable {
  /** The file or the folder, for messages. */
  readonly path: string;
  /** A */
  readonly width: number;
  /** Rows by file, in the order of the files' names. */
  readonly rows: readonly number[];
  /** What the first file says of itself. */
  readonly metadata: Readonly<Record<string, string>>;
  readonly #shards: readonly Shard[];
  /** The last used last. */
  readonly #open = new Map<number, SafetensorsFile>();

  private constructor(
    path: string,
    width: number,
    shards: readonly Shard[],
    metadata: Readonly<Record<string, string>>,
  ) {
    this.path = path;
    this.width = width;
    this.#shards = shards;
    this.rows = shards.map(({ rows }) => rows);
    this.metadata = metadata;
  }

  /**
   * Opens a .safetensors file, or all in a folder.
   *
   * @throws {ActivationShardError} if there are none, or one has no matrix of floats, several, or one of another width
   * @throws {SafetensorsError} if a file is malformed
   */
  static open(path: string): ActivationShards {
    const files = filesAt(path);
    const shards: Shard[] = [];
    let width = 0;
    let metadata: Readonly<Record<string, string>> = {};
    for (const file of files) {
      using opened = readSafetensors(file);
      const matrices = [...opened.tensors.values()].filter(
        ({ shape, dtype }) => shape.length === 2 && /^B?F\d/.test(dtype),
      );
      const [matrix, other] = matrices;
      if (matrix === undefined || other !== undefined) {
        const names = matrices.map(({ name }) => name).join(', ');
        const all = Array.from(
          opened.tensors.values(),
          ({ name, dtype, shape }) => `${name} ${dtype} ${describeShape(shape)}`,
        );
        throw new ActivationShardError(
          `${file}: expected one tensor of floats with two dimensions, (vectors, width), got ${names || all.join(', ').slice(0, 200) || 'no tensors'}`,
        );
      }
      const [rows, columns] = matrix.shape as [number, number];
      if (columns === 0 || (width > 0 && columns !== width))
        throw new ActivationShardError(
          `${file}: expected ${matrix.name} of width ${width || 'at least 1'}${width > 0 ? ` as in ${files[0]}` : ''}, got ${describeShape(matrix.shape)}`,
        );
      if (width === 0) metadata = opened.metadata;
      width = columns;
      shards.push({ path: file, tensor: matrix.name, rows });
    }
    return new ActivationShards(path, width, shards, metadata);
  }

  /** Rows `start` to `start + count` of a file, as float32. */
  read(file: number, start: number, count: number): Float32Array<ArrayBuffer> {
    const { tensor } = this.#shards[file]!;
    return this.#opened(file).readFloat32(tensor, start * this.width, count * this.width);
  }

  [Symbol.dispose](): void {
    for (const file of this.#open.values()) file.close();
    this.#open.clear();
  }

  #opened(file: number): SafetensorsFile {
    let opened = this.#open.get(file);
    this.#open.delete(file);
    if (opened === undefined && this.#open.size === OPEN_FILES) {
      const [oldest] = this.#open.keys();
      this.#open.get(oldest!)!.close();
      this.#open.delete(oldest!);
    }
    opened ??= readSafetensors(this.#shards[file]!.path);
    this.#open.set(file, opened);
    return opened;
  }
}

function filesAt(path: string): string[] {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (stats?.isFile()) return [path];
  const names = stats?.isDirectory() ? readdirSync(path).filter((name) => name.endsWith('.safetensors')) : [];
  if (names.length === 0)
    throw new ActivationShardError(
      `${path}: expected a .safetensors file or a folder of them, got ${stats === undefined ? 'nothing at that path' : 'none in it'}`,
    );
  return names.toSorted((a, b) => (a < b ? -1 : 1)).map((name) => join(path, name));
}
