import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder } from '../device/cache-folder.ts';
import type { Gpu } from '../device/gpu.ts';
import { TuningError } from '../errors.ts';
import { Tuning, type Choices, type Measurement } from './tuning.ts';

/**
 * `off`: kernels as the adapter's class suggests. `cache`: as measured before, where it was. `full`: what was not
 * measured before is, as programs are built, and kept.
 */
export const TUNE_MODES = ['off', 'cache', 'full'] as const;
export type TuneMode = (typeof TUNE_MODES)[number];

/** A measurement, with its day, and how many programs wanted a processor then: the average over a minute. */
type KeptMeasurement = Measurement & { readonly measured: string; readonly load: number };

/** What was measured on one adapter with one version of the engine. */
interface AdapterEntry {
  readonly adapter: string;
  readonly driver: string;
  /** The CPU, where the adapter computes on it. */
  readonly cpu: string | null;
  readonly engine: string;
  readonly products: Readonly<Record<string, KeptMeasurement>>;
}

interface TuneFile {
  readonly about: string;
  readonly adapters: readonly AdapterEntry[];
}

const ABOUT =
  'Kernels for products, by class of product. Kernels took turns: `ratio` is the median of the time of one over that of the suggested kernel in the same round, `spread` 1.4826 times the median distance of the logarithms of these ratios from its own; of the suggested kernel itself, which ran twice a round, the spread of what chance does. Another kernel was chosen where it was faster by more than 3 %, its spread and that one. `undecided`: one seemed faster, by less than the spread; --tune full measures again. May be deleted.';

/** How kernels are chosen, and who hears of it. */
export interface OpenTuningOptions {
  readonly mode: TuneMode;
  readonly pinned?: Choices;
  /** Is told, in a line, of a file that cannot be used, and of what was measured. */
  readonly say?: (line: string) => void;
  /** Is told of what was measured, in the place of `say`. */
  readonly measured?: (shape: string, measurement: Measurement) => void;
}

/** Where measurements are kept: one file for all adapters of a machine. */
export function tuneFile(): string {
  return join(cacheFolder(), 'kernels.json');
}

/**
 * The tuning of a device, with what this machine measured before.
 *
 * A file that is none of ours is left out of account, said in one line, and written anew with the next measurement.
 *
 * @throws {TuningError} if the mode is none
 */
export function openTuning(
  gpu: Pick<Gpu, 'name' | 'driver' | 'software'>,
  { mode, pinned = {}, say = () => {}, ...options }: OpenTuningOptions,
): Tuning {
  if (!TUNE_MODES.includes(mode))
    throw new TuningError(`openTuning: expected a mode of ${TUNE_MODES.join(', ')}, got "${String(mode)}"`);
  if (mode === 'off') return new Tuning({ pinned });
  const path = tuneFile();
  const file = readTuneFile(path);
  if (typeof file === 'string') say(`kernels: ${file}`);
  const products = typeof file === 'string' ? {} : (entryOf(file, keyOf(gpu))?.products ?? {});
  const known = Object.entries(products)
    .filter(([, { undecided }]) => mode !== 'full' || !undecided)
    .map(([shape, { choice }]) => [shape, choice]);
  let writable = true;
  const measured = (shape: string, measurement: Measurement): void => {
    if (options.measured === undefined) say(describe(shape, measurement));
    else options.measured(shape, measurement);
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

function describe(shape: string, measurement: Measurement): string {
  const { wrong } = measurement;
  const refused = wrong.length === 0 ? '' : `; wrong on this adapter: ${wrong.join(', ')}`;
  return `kernels: ${shape}: ${describeChoice(measurement)}${refused}`;
}

/** Which kernel a measurement chose, and why, in words. */
export function describeChoice({ choice, suggested, undecided, kernels }: Measurement): string {
  const { milliseconds, ratio, spread } = kernels[choice]!;
  const chosen = `${choice}, ${milliseconds} ms`;
  if (choice !== suggested)
    return `${chosen}, ${percent(1 - ratio)} less than ${suggested} (± ${percent(Math.max(spread, kernels[suggested]!.spread))})`;
  // What was soon out of the race was timed too seldom to be compared.
  const [next] = Object.entries(kernels)
    .filter(([name, { rounds }]) => name !== choice && rounds === kernels[suggested]!.rounds)
    .toSorted(([, a], [, b]) => a.ratio - b.ratio);
  if (next === undefined)
    return Object.keys(kernels).length === 1 ? chosen : `${chosen}; the others are far slower`;
  const other = next[1];
  const difference =
    other.ratio < 1 ? `${percent(1 - other.ratio)} less` : `${percent(other.ratio - 1)} more`;
  const left = undecided ? '; left as it was, as that may be chance' : '';
  return `${chosen}; ${next[0]} takes ${difference} (± ${percent(Math.max(spread, other.spread))})${left}`;
}

function percent(share: number): string {
  return `${(100 * share).toFixed(share < 0.0995 ? 1 : 0)} %`;
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
  const load = Number(loadavg()[0]!.toFixed(1));
  const products = { ...entry?.products, [shape]: { ...measurement, measured, load } };
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

/** The version of the engine, and a hash of the sources that write the kernels of products and that measure them. */
function engineVersion(): string {
  const hash = createHash('sha256');
  for (const room of ['../ops/matmul/', './']) {
    const folder = fileURLToPath(new URL(room, import.meta.url));
    for (const name of readdirSync(folder).toSorted())
      if (/^[^.]+\.(ts|js)$/.test(name)) hash.update(readFileSync(join(folder, name)));
  }
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  const { version } = JSON.parse(manifest) as { readonly version: string };
  return `${version} ${hash.digest('hex').slice(0, 8)}`;
}
