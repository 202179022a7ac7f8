/** The cases that SAELens 6.18 itself computed; see test/golden/README.md. */
import { readFileSync } from 'node:fs';
import { configFromSaelens } from '../saelens-config.ts';
import type { Normalisation, StoredDictionary } from '../stored-dictionary.ts';
import { inMemory } from './memory-dictionary.ts';

interface GoldenFile {
  readonly d_in: number;
  readonly d_sae: number;
  readonly params: Readonly<Record<string, readonly [number, number]>>;
  readonly x: readonly number[];
  readonly cases: Readonly<Record<string, GoldenCase>>;
}

export interface GoldenCase {
  readonly cfg?: Readonly<Record<string, unknown>>;
  readonly encode?: readonly number[];
  readonly reconstruction?: readonly number[];
  readonly folded_W_dec_norm?: Readonly<Record<string, readonly number[]>>;
  readonly folded_encode?: readonly number[];
  readonly folded_reconstruction?: readonly number[];
  readonly fold_error?: string;
}

const FILE = new URL('../../../../../test/golden/saelens-6.18.json', import.meta.url);

export const golden = JSON.parse(readFileSync(FILE, 'utf8')) as GoldenFile;

/** Names of the cases of inference, as inference/topk/k=2. */
export const INFERENCE = Object.keys(golden.cases).filter((name) => name.startsWith('inference/'));

/** A parameter by the closed form of the file, row-major. */
export function filled(name: string, size: number): Float64Array {
  const [a, b] = golden.params[name]!;
  const value = (k: number): number => (((k * a + b) % 101) - 50) / 100;
  return Float64Array.from({ length: size }, (_, k) =>
    name === 'threshold' ? Math.abs(value(k)) + 0.01 : value(k),
  );
}

/** The cfg.json that a case of inference stands for. */
export function configOf(name: string): Record<string, unknown> {
  return {
    architecture: name.split('/')[1],
    d_in: golden.d_in,
    d_sae: golden.d_sae,
    dtype: 'float32',
    device: 'cpu',
    ...golden.cases[name]!.cfg,
    metadata: { sae_lens_version: '6.18.0' },
  };
}

/** The dictionary of a case of inference. */
export function dictionaryOf(name: string): StoredDictionary {
  const { normalisation, ...config } = configFromSaelens(configOf(name), name);
  return inMemory({ ...config, normalisation: normalisation as Normalisation }, filled, config.metadata);
}
