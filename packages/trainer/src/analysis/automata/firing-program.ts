import {
  copyRows,
  createTensor,
  ProgramBuilder,
  readTensor,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
import type { Dictionary } from '../../dictionary/dictionary.ts';
import { createBatch, setBatch, type BatchTensors } from '../../model/training-program.ts';
import { forwardTo } from '../../model/transformer.ts';
import { chooseFeatures } from '../../sampling/choose-features.ts';
import type { SampledModel } from '../../sampling/steered-model.ts';

/** Says which of some features fire on the last tokens of texts. */
export class FiringProgram {
  readonly #gpu: Gpu;
  readonly #batch: BatchTensors;
  readonly #program: Program;
  readonly #places: Tensor;
  readonly #fired: Tensor;
  readonly #own: readonly Tensor[];

  private constructor(
    gpu: Gpu,
    batch: BatchTensors,
    program: Program,
    places: Tensor,
    fired: Tensor,
    own: readonly Tensor[],
  ) {
    this.#gpu = gpu;
    this.#batch = batch;
    this.#program = program;
    this.#places = places;
    this.#fired = fired;
    this.#own = own;
  }

  static async build(
    gpu: Gpu,
    { config, parameters, site }: SampledModel,
    dictionary: Dictionary,
    features: readonly number[],
    texts: number,
  ): Promise<FiringProgram> {
    const batch = createBatch(gpu, texts, config.context, config.vocabulary);
    const p = new ProgramBuilder(gpu, 'firing features');
    const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
    const tokens = { tokens: p.persistent(batch.tokens), order: null, starts: null, context: batch.context };
    const { activations } = forwardTo(p, values, tokens, config, site);
    const places = createTensor(gpu, 'places', [texts, 2], null, 'u32');
    const last = createTensor(gpu, 'activations of last tokens', [texts, dictionary.width]);
    const rows = p.persistent(last);
    copyRows(p, activations, p.persistent(places), rows);
    const chosen = await chooseFeatures(gpu, 'firing', dictionary, features);
    const fired = p.output(chosen.activations(p, rows));
    return new FiringProgram(gpu, batch, await p.build(), places, fired, [places, last, ...chosen.own]);
  }

  /** By text, whether each of the features fires on its last token. */
  async fired(texts: readonly (readonly number[])[]): Promise<boolean[][]> {
    const { context } = this.#batch;
    const all = this.#places.shape[0]!;
    const tokens = new Uint32Array(all * (context + 1));
    texts.forEach((text, t) => tokens.set(text, t * (context + 1)));
    setBatch(this.#gpu, this.#batch, tokens);
    const rows = texts.flatMap((text, t) => [t * context + text.length - 1, t]);
    writeTensor(this.#gpu, this.#places, Uint32Array.from(rows));
    await this.#program.run({ rows: texts.length, scale: 1 });
    const features = this.#fired.shape[1]!;
    const values = await readTensor(this.#gpu, this.#fired, 0, texts.length * features);
    return texts.map((_, t) => Array.from({ length: features }, (__, j) => values[t * features + j]! > 0));
  }

  destroy(): void {
    this.#program.destroy();
    const { tokens, targets, order, starts } = this.#batch;
    for (const tensor of [...this.#own, tokens, targets, order, starts]) tensor.buffer.destroy();
  }
}
