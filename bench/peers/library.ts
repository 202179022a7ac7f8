import type { Problem } from './problem.ts';

/** Entries of results, by their names: how the parent checks a library without moving every tensor. */
export type Wanted = Readonly<Record<string, readonly number[] | 'all'>>;
export type Samples = Readonly<Record<string, Float32Array>>;

/** A problem set up in one library: inputs on the device, compiled as far as can be before a first run. */
export interface Prepared {
  /** Runs it once and resolves when the device has finished. A training step moves its parameters every time. */
  readonly run: () => Promise<void>;
  /** A result of the last run, whole. */
  readonly read: (name: string) => Promise<ArrayLike<number>>;
  readonly free: () => void;
  /** Which of several forms this is. */
  readonly form?: string;
}

export interface Library {
  readonly name: string;
  readonly version: string;
  /** Null where the library has no means for the problem. */
  readonly prepare: (problem: Problem) => Promise<Prepared | null>;
}

export async function sample(prepared: Prepared, wanted: Wanted): Promise<Samples> {
  const samples: Record<string, Float32Array> = {};
  for (const [name, indices] of Object.entries(wanted)) {
    const all = await prepared.read(name);
    samples[name] = Float32Array.from(indices === 'all' ? all : indices.map((index) => all[index]!));
  }
  return samples;
}
