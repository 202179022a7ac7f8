import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { readJsonObject } from '../artefacts/json-object.ts';
import { readSafetensors, type SafetensorsFile, type TensorInfo } from '../artefacts/safetensors.ts';
import { ModelFolderError } from './model-folder-error.ts';

const ONE = 'model.safetensors';
const INDEX = 'model.safetensors.index.json';

/** The weights of a model folder: one safetensors file, or several with an index that says where each tensor is. */
export class WeightFiles implements Disposable {
  /** The file, or the index, for messages. */
  readonly path: string;
  readonly #files: readonly SafetensorsFile[];
  readonly #fileOf: ReadonlyMap<string, SafetensorsFile>;

  private constructor(
    path: string,
    files: readonly SafetensorsFile[],
    fileOf: ReadonlyMap<string, SafetensorsFile>,
  ) {
    this.path = path;
    this.#files = files;
    this.#fileOf = fileOf;
  }

  /**
   * Opens `model.safetensors`, or what `model.safetensors.index.json` names.
   *
   * @throws {ModelFolderError} if neither is there, or the index and its files do not agree
   * @throws {SafetensorsError} if a file is malformed
   */
  static open(folder: string): WeightFiles {
    const one = join(folder, ONE);
    if (existsSync(one)) {
      const file = readSafetensors(one);
      return new WeightFiles(one, [file], new Map([...file.tensors.keys()].map((name) => [name, file])));
    }
    const index = join(folder, INDEX);
    if (!existsSync(index))
      throw new ModelFolderError(
        `${folder}: expected ${ONE} or ${INDEX}, got neither; name a model's folder`,
      );
    return openShards(folder, index, (files, fileOf) => new WeightFiles(index, files, fileOf));
  }

  get names(): readonly string[] {
    return [...this.#fileOf.keys()];
  }

  has(name: string): boolean {
    return this.#fileOf.has(name);
  }

  /** Type and shape of a tensor that is there. */
  info(name: string): TensorInfo {
    return this.#fileOf.get(name)!.info(name);
  }

  /** Elements of a floating-point tensor that is there, as float32; all of them by default. */
  read(name: string, start?: number, count?: number): Float32Array<ArrayBuffer> {
    return this.#fileOf.get(name)!.readFloat32(name, start, count);
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) file.close();
  }
}

function openShards<Opened>(
  folder: string,
  index: string,
  opened: (files: readonly SafetensorsFile[], fileOf: ReadonlyMap<string, SafetensorsFile>) => Opened,
): Opened {
  const fail = (expected: string, got: string): never => {
    throw new ModelFolderError(`${index}: expected ${expected}, got ${got}`);
  };
  const json = readJsonObject(index, (got) => fail('a JSON object', got));
  const map = json['weight_map'];
  if (typeof map !== 'object' || map === null || Array.isArray(map))
    return fail('a "weight_map" of tensors to files', JSON.stringify(map) ?? 'nothing');
  const files = new Map<string, SafetensorsFile>();
  try {
    const fileOf = Object.entries(map as Record<string, unknown>).map(([tensor, name]) => {
      // The index may come from anywhere: it names files beside it, and nothing else.
      if (typeof name !== 'string' || !/^[^/\\]+\.safetensors$/.test(name))
        return fail(`a .safetensors file of the same folder for ${tensor}`, JSON.stringify(name));
      let file = files.get(name);
      if (file === undefined) {
        const path = join(folder, name);
        if (!existsSync(path)) return fail(`a file ${name} beside it, which holds ${tensor}`, 'none');
        file = readSafetensors(path);
        files.set(name, file);
      }
      if (!file.tensors.has(tensor)) return fail(`${tensor} to be in ${name}`, 'no such tensor there');
      return [tensor, file] as const;
    });
    const named = new Set(fileOf.map(([tensor]) => tensor));
    for (const [name, { tensors }] of files)
      for (const tensor of tensors.keys())
        if (!named.has(tensor)) fail(`every tensor of ${name} to be named`, `none for ${tensor}`);
    return opened([...files.values()], new Map(fileOf));
  } catch (error) {
    for (const file of files.values()) file.close();
    throw error;
  }
}
