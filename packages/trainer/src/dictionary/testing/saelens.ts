import { readFileSync } from 'node:fs';
import type { LossPoint } from './loss-case.ts';

/** What SAELens 6.18 computed for a training case: losses, and gradients by its own names. */
export interface SaelensCase {
  readonly losses: Readonly<Record<string, number>>;
  readonly loss: number;
  readonly grads: Readonly<Record<string, readonly number[]>>;
  readonly dead_mask?: readonly number[];
}

interface SaelensFile {
  readonly d_in: number;
  readonly d_sae: number;
  readonly x: readonly number[];
  readonly params: Readonly<Record<string, readonly [number, number]>>;
  readonly cases: Readonly<Record<string, SaelensCase>>;
}

const FILE = new URL('../../../../../test/golden/saelens-6.18.json', import.meta.url);

/** Golden values of SAELens: its cases, and the point they were computed at, which the file gives by a formula. */
export class SaelensGolden {
  readonly #file = JSON.parse(readFileSync(FILE, 'utf8')) as SaelensFile;

  get width(): number {
    return this.#file.d_in;
  }

  get features(): number {
    return this.#file.d_sae;
  }

  case(name: string): SaelensCase {
    const found = this.#file.cases[name];
    if (found === undefined) throw new Error(`internal: no golden case ${name}`);
    return found;
  }

  /** The point, with the vectors of one rule by our names. */
  point(vectors: Readonly<Record<string, string>>): LossPoint {
    const { d_in, d_sae, x } = this.#file;
    const own = Object.entries(vectors).map(([name, theirs]) => [name, this.#fill(theirs, d_sae)]);
    return {
      parameters: {
        encoder: transposed(this.#fill('W_enc', d_in * d_sae), d_in, d_sae),
        decoder: this.#fill('W_dec', d_in * d_sae),
        decoderBias: this.#fill('b_dec', d_in),
        ...(Object.fromEntries(own) as Record<string, Float64Array>),
      },
      x: Float64Array.from(x),
    };
  }

  #fill(name: string, length: number): Float64Array {
    const [a, b] = this.#file.params[name]!;
    const values = Float64Array.from({ length }, (_, k) => (((k * a + b) % 101) - 50) / 100);
    return name === 'threshold' ? values.map((value) => Math.abs(value) + 0.01) : values;
  }
}

/** (rows,columns) to (columns,rows). */
export function transposed(data: ArrayLike<number>, rows: number, columns: number): Float64Array {
  return Float64Array.from(
    { length: data.length },
    (_, i) => data[(i % rows) * columns + Math.floor(i / rows)]!,
  );
}
