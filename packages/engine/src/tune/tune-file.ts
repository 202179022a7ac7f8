import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../device/cache-folder.ts';
import type { Gpu } from '../device/gpu.ts';
import { Tuning, type Choices, type Measurement } from './tuning.ts';

/**
 * `off`: kernels as the adapter's class suggests. `cache`: as measured before, where it was. `full`: what was not
 * measured before is, as programs are built, and kept.
 */
export const TUNE_MODES = ['off', 'cache', 'full'] as const;
export type TuneMode = (typeof TUNE_MODES)[number];

/** What was measured on one adapter with one version of the engine. */
interface AdapterEntry {
  readonly adapter: string;
  readonly driver: string;
  /** The CPU, where the adapter computes on it. */
  readonly cpu: string | null;
  readonly engine: string;
  readonly products: Readonly<Record<string, Measurement & { readonly measured: string }>>;
}

interface TuneFile {
  readonly about: string;
  readonly adapters: readonly AdapterEntry[];
}

const ABOUT = 'Kernels that were fastest for products, by class of product. May be deleted.';

export interface OpenTuningOptions {
  readonly mode: TuneMode;
  readonly pinned?: Choices;
  /** Is told, in a line, of what was measured, and of a file that cannot be used. */
  readonly say?: (line: string) => void;
}

/** Where measurements are kept: one file for all adapters of a machine. */
export function tuneFile(): string {
  return join(cacheFolder(), 'kernels.json');
}

/**
 * The tuning of a device, with what this machine measured before.
 *
 * A file that is none of ours is left out of account, said in one line, and written anew with the next measurement.
 */
export function openTuning(
  gpu: Pick<Gpu, 'name' | 'driver' | 'software'>,
  { mode, pinned = {}, say = () => {} }: OpenTuningOptions,
): Tuning {
  if (mode === 'off') return new Tuning({ pinned });
  const path = tuneFile();
  const file = readTuneFile(path);
  if (typeof file === 'string') say(`kernels: ${file}`);
  const products = typeof file === 'string' ? {} : (entryOf(file, keyOf(gpu))?.products ?? {});
  const known = Object.entries(products).map(([shape, { choice }]) => [shape, choice]);
  let writable = true;
  const measured = (shape: string, measurement: Measurement): void => {
    say(describe(shape, measurement));
    try {
      if (writable) keep(path, keyOf(gpu), shape, measurement);
    } catch (error) {
      writable = false;
      say(
        `kernels: expected to keep what was measured in ${path}, got "${(error as Error).message}"; it will be measured again`,
      );
    }
  };
  return new Tuning({
    pinned,
    known: Object.fromEntries(known),
    ...(mode === 'full' && { measured }),
  });
}

function describe(shape: string, { choice, milliseconds, wrong }: Measurement): string {
  const others = Object.entries(milliseconds).filter(([name]) => name !== choice);
  const next = others.toSorted(([, a], [, b]) => a - b)[0];
  const another = next === undefined ? '' : `, next ${next[1]} ms of ${next[0]}`;
  const refused = wrong.length === 0 ? '' : `; wrong on this adapter: ${wrong.join(', ')}`;
  return `kernels: ${shape}: ${choice}, ${milliseconds[choice]} ms${another}${refused}`;
}

/** @returns a sentence where the file is not what `keep` writes */
function readTuneFile(path: string): TuneFile | string {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch {
    return { about: ABOUT, adapters: [] };
  }
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    file = null;
  }
  if (isTuneFile(file)) return file;
  return `expected measurements of kernels in ${path}, got something else, which is not used; --tune full writes it anew`;
}

function isTuneFile(file: unknown): file is TuneFile {
  const strings = (value: unknown, ...keys: string[]): boolean =>
    keys.every((key) => typeof (value as Record<string, unknown>)[key] === 'string');
  const isObject = (value: unknown): value is object => typeof value === 'object' && value !== null;
  const adapters = isObject(file) ? (file as Partial<TuneFile>).adapters : null;
  return (
    Array.isArray(adapters) &&
    adapters.every(
      (entry: unknown) =>
        isObject(entry) &&
        strings(entry, 'adapter', 'driver', 'engine') &&
        isObject((entry as AdapterEntry).products) &&
        Object.values((entry as AdapterEntry).products).every(
          (product: unknown) => isObject(product) && strings(product, 'choice'),
        ),
    )
  );
}

type Key = Omit<AdapterEntry, 'products'>;

function entryOf({ adapters }: TuneFile, key: Key): AdapterEntry | undefined {
  return adapters.find((entry) => sameAdapter(entry, key) && entry.engine === key.engine);
}

function sameAdapter(a: Key, b: Key): boolean {
  return a.adapter === b.adapter && a.driver === b.driver && a.cpu === b.cpu;
}

/** Adds a measurement to the file as it is now: others may have written it meanwhile. */
function keep(path: string, key: Key, shape: string, measurement: Measurement): void {
  const file = readTuneFile(path);
  const adapters = typeof file === 'string' ? [] : file.adapters;
  const entry = typeof file === 'string' ? undefined : entryOf(file, key);
  const measured = new Date().toISOString().slice(0, 10);
  const products = { ...entry?.products, [shape]: { ...measurement, measured } };
  // What another version of the engine measured on this adapter is of no use any more.
  const others = adapters.filter((other) => !sameAdapter(other, key));
  const next: TuneFile = { about: ABOUT, adapters: [...others, { ...key, products }] };
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  try {
    writeFileSync(temporary, `${JSON.stringify(next, null, 2)}\n`);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function keyOf(gpu: Pick<Gpu, 'name' | 'driver' | 'software'>): Key {
  return {
    adapter: gpu.name,
    driver: gpu.driver,
    cpu: gpu.software ? (cpus()[0]?.model ?? null) : null,
    engine: engineVersion(),
  };
}

/** The version of the engine, and a hash of the sources that write the kernels of products. */
function engineVersion(): string {
  const folder = fileURLToPath(new URL('../ops/matmul/', import.meta.url));
  const hash = createHash('sha256');
  for (const name of readdirSync(folder).toSorted())
    if (/^[^.]+\.(ts|js)$/.test(name)) hash.update(readFileSync(join(folder, name)));
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { readonly version: string };
  return `${version} ${hash.digest('hex').slice(0, 8)}`;
}
