import { existsSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TEMPORARY } from '../artefacts/atomic-file.ts';
import { faultOf, writeCheckpointFile, type HeldElements } from '../artefacts/checkpoint-file.ts';
import { readSafetensors } from '../artefacts/safetensors.ts';
import type { StageContext } from '../artefacts/stage-context.ts';

export type Numbers = Float64Array | Float32Array | Uint32Array;
export type Arrays = Readonly<Record<string, Numbers>>;

/** What was kept under a name: a value, and arrays. */
export interface KeptPart<Value> {
  readonly value: Value;
  readonly arrays: Arrays;
}

/** Milliseconds of work that is worth keeping. */
const INTERVAL_MS = 60_000;

/**
 * Parts of an analysis that are done, each in a file with a checksum, so that one that was interrupted goes on from
 * them. Whatever is read back is as it was written, to the bit; a file that is not is said, removed, and made again.
 */
export class KeptParts {
  /** Where files that belong to parts may lie. */
  readonly folder: string;
  readonly #context: Pick<StageContext, 'now' | 'say' | 'signal'>;
  #saved: number;

  constructor(context: Pick<StageContext, 'checkpoint' | 'now' | 'say' | 'signal'>) {
    this.folder = context.checkpoint;
    this.#context = context;
    this.#saved = context.now();
    // Left by a process that was killed while it wrote.
    for (const name of readdirSync(this.folder))
      if (TEMPORARY.test(name)) rmSync(join(this.folder, name), { force: true });
  }

  /** Whether an unfinished part should be saved: a minute of work would be lost, or the user asks to stop. */
  get due(): boolean {
    return this.#context.signal.aborted || this.#context.now() - this.#saved > INTERVAL_MS;
  }

  /** Keeps a part, in the place of what had its name. @param value JSON */
  async save(name: string, value: unknown, arrays: Arrays = {}): Promise<void> {
    const kinds = Object.fromEntries(Object.entries(arrays).map(([key, array]) => [key, kindOf(array)]));
    const held = new Map<string, HeldElements>([['json', words(jsonBytes(value))]]);
    for (const [key, array] of Object.entries(arrays)) held.set(`array ${key}`, words(array));
    await writeCheckpointFile(this.#pathOf(name), held, JSON.stringify({ kinds }));
    this.#saved = this.#context.now();
  }

  /** The part of a name, or null where there is none, or none that is whole. */
  load<Value>(name: string): KeptPart<Value> | null {
    const path = this.#pathOf(name);
    if (!existsSync(path)) return null;
    const fault = faultOf(path);
    if (fault !== null) {
      this.refuse(name, `${path} as it was written, got a damaged file (${fault})`);
      return null;
    }
    using file = readSafetensors(path);
    const { kinds } = JSON.parse(file.metadata['state']!) as { kinds: Record<string, Kind> };
    const bytesOf = (tensor: string): Uint32Array<ArrayBuffer> =>
      file.read(tensor) as Uint32Array<ArrayBuffer>;
    return {
      value: JSON.parse(Buffer.from(bytesOf('json').buffer).toString('utf8')) as Value,
      arrays: Object.fromEntries(
        Object.entries(kinds).map(([key, kind]) => [key, new KINDS[kind](bytesOf(`array ${key}`).buffer)]),
      ),
    };
  }

  /** Says that a part cannot be used, and removes it. @param expected what it should have been, and what it is */
  refuse(name: string, expected: string): void {
    this.#context.say(`analyze: expected ${expected}; measuring ${name} again`);
    this.remove(name);
  }

  remove(name: string): void {
    rmSync(this.#pathOf(name), { force: true });
  }

  /** What `make` gives, from an earlier attempt where that came so far. JSON. */
  async once<Value>(name: string, make: () => Value | Promise<Value>): Promise<Value> {
    const kept = this.load<Value>(name);
    if (kept !== null) return kept.value;
    const value = await make();
    await this.save(name, value);
    return value;
  }

  /**
   * Fills arrays as `make` does, from an earlier attempt where that came so far.
   *
   * @param arrays of the lengths that they will have
   */
  async filled(name: string, arrays: Arrays, make: () => Promise<void>): Promise<void> {
    const kept = this.load<null>(name);
    if (kept !== null) return fill(arrays, kept.arrays);
    await make();
    await this.save(name, null, arrays);
  }

  #pathOf(name: string): string {
    return join(this.folder, `${name.replaceAll(/[/ ]/g, '-')}.safetensors`);
  }
}

/** Copies kept arrays into those of the same names. */
export function fill(arrays: Arrays, kept: Arrays): void {
  for (const [name, array] of Object.entries(arrays)) array.set(kept[name]!);
}

const KINDS = { f64: Float64Array, f32: Float32Array, u32: Uint32Array };
type Kind = keyof typeof KINDS;

function kindOf(array: Numbers): Kind {
  if (array instanceof Float64Array) return 'f64';
  return array instanceof Float32Array ? 'f32' : 'u32';
}

/** JSON in whole 32-bit words; what is behind it is blank. */
function jsonBytes(value: unknown): Uint8Array {
  const bytes = Buffer.from(JSON.stringify(value));
  const whole = new Uint8Array(4 * Math.ceil(bytes.length / 4)).fill(0x20);
  whole.set(bytes);
  return whole;
}

function words({ buffer, byteOffset, byteLength }: Numbers | Uint8Array): HeldElements {
  const all = new Uint32Array(buffer as ArrayBuffer, byteOffset, byteLength / 4);
  return { dtype: 'U32', shape: [all.length], read: (start, count) => all.slice(start, start + count) };
}
