import {
  copyRows,
  createTensor,
  ProgramBuilder,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
import { forwardFrom } from '../../model/transformer.ts';
import type { AnalysedModel } from '../analysed-model.ts';

/** What stands in the place of the activations (N,A) of a batch: as many others, or one row (A) for all. */
export type Replacement = Tensor | Float64Array;

/** A batch of contexts on the device, and what may stand in the place of its activations. */
export interface SpliceInputs {
  /** (N,D) what passes by the activations; null where nothing does. */
  readonly stream: Tensor | null;
  /** By name. */
  readonly replacements: ReadonlyMap<string, Replacement>;
}

/** The last stream of some contexts of a batch with each of several replacements, as one program. */
export class SplicedStreams {
  /** (R,D) in the order of the replacements. */
  readonly all: readonly Tensor[];
  readonly #gpu: Gpu;
  readonly #program: Program;
  /** (R,2) u32: rows of the batch and where they go. */
  readonly #places: Tensor;
  readonly #made: readonly Tensor[];

  private constructor(
    gpu: Gpu,
    program: Program,
    places: Tensor,
    all: readonly Tensor[],
    made: readonly Tensor[],
  ) {
    this.#gpu = gpu;
    this.#program = program;
    this.#places = places;
    this.all = all;
    this.#made = made;
  }

  /** @param context T @param most R, rows that are chosen at most, of whole contexts */
  static async build(
    gpu: Gpu,
    { config, site, letter, parameters }: AnalysedModel,
    context: number,
    { stream, replacements }: SpliceInputs,
    most: number,
  ): Promise<SplicedStreams> {
    const p = new ProgramBuilder(gpu, `splice ${[...replacements.keys()].join(', ')} ${letter}`);
    const values = new Map([...parameters].map(([key, tensor]) => [key, p.persistent(tensor)]));
    const places = createTensor(gpu, 'places', [most, 2], null, 'u32');
    // The one row of a constant goes everywhere.
    const everywhere = Uint32Array.from({ length: 2 * most }, (_, i) => (i % 2 === 0 ? 0 : (i - 1) / 2));
    const ofOne = createTensor(gpu, 'places of one row', [most, 2], everywhere, 'u32');
    const made = [places, ofOne];
    const chosen = (from: Tensor, by: Tensor) => {
      const rows = p.temporary(`chosen ${from.label}`, [most, from.shape[1]!]);
      copyRows(p, p.persistent(from), p.persistent(by), rows);
      return rows;
    };
    const repeated = (row: Float64Array) => {
      const tensor = createTensor(gpu, 'constant', [1, row.length], Float32Array.from(row));
      made.push(tensor);
      return chosen(tensor, ofOne);
    };
    const passing = stream === null ? null : chosen(stream, places);
    const all = [...replacements.values()].map((by) => {
      const at = {
        stream: passing,
        activations: by instanceof Float64Array ? repeated(by) : chosen(by, places),
      };
      return p.output(forwardFrom(p, at, values, { context }, config, site));
    });
    return new SplicedStreams(gpu, await p.build(), places, all, made);
  }

  /** @param rows of the batch, those of whole contexts, at most R */
  async run(rows: readonly number[]): Promise<void> {
    writeTensor(this.#gpu, this.#places, Uint32Array.from(rows.flatMap((row, i) => [row, i])));
    await this.#program.run({ rows: rows.length, scale: 1 });
  }

  destroy(): void {
    this.#program.destroy();
    for (const { buffer } of this.#made) buffer.destroy();
  }
}
