import {
  copy,
  copyRows,
  createTensor,
  crossEntropy,
  klDivergence,
  ProgramBuilder,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
import { siteWidth } from '../../model/sites.ts';
import { forwardFrom, logits, logitsWithStatistics } from '../../model/transformer.ts';
import type { AnalysedModel } from '../analysed-model.ts';

/** Tensors of a batch of contexts, row for row: see AtSite, and what may stand for the activations. */
export interface SpliceInputs {
  /** (N,D) */
  readonly stream: Tensor | null;
  /** (N,A) as they are. */
  readonly activations: Tensor;
  /** (N,A) by dictionary. */
  readonly reconstructions: ReadonlyMap<string, Tensor>;
}

/** Rows of the chosen contexts (R), and as many of them at a time as their logits have room for (W). */
export interface SpliceTensors {
  /** (R,2) u32: rows of the batch and where they go. */
  readonly places: Tensor;
  /** (R,D) */
  readonly stream: Tensor | null;
  /** (R,A) what stands in for the activations on every row alike. */
  readonly constant: Tensor;
  /** (W,2) u32: rows of the chosen contexts, and where they go. */
  readonly windowPlaces: Tensor;
  /** (W,D) of the last stream. */
  readonly residual: Tensor;
  /** (W) u32 */
  readonly targets: Tensor;
  /** (2·S·W, 1) of each of S replacements the losses, then what else is found of its rows. */
  readonly found: Tensor;
}

/** What becomes of the stream with something in the place of the activations. */
export interface Splice {
  /** Gathers the rows, where there is something to gather, and runs the rest of the model on them. */
  readonly run: Program;
  /** Puts rows of the last stream where losses are taken; null where `run` does, as there is room for all. */
  readonly look: Program | null;
  /** Predicts from those. */
  readonly predict: Program;
  /** Puts what was found where it is read. */
  readonly keep: Program;
}

/** With nothing replaced: losses, and 1/σ of the final LayerNorm. */
export const ORIGINAL = 'original';
/** With zeros in the place of the activations, and with their mean. */
export const ZERO = 'zero';
export const MEAN = 'mean';

/** The tensors of `rows` rows, of which `window` are looked at together, and of some replacements. */
export function spliceTensors(
  gpu: Gpu,
  { config, site }: AnalysedModel,
  sizes: { readonly rows: number; readonly window: number; readonly replacements: number },
  hasStream: boolean,
): SpliceTensors {
  const { rows, window, replacements } = sizes;
  const create = (label: string, shape: number[], dtype: 'f32' | 'u32' = 'f32') =>
    createTensor(gpu, label, shape, null, dtype);
  return {
    places: create('places', [rows, 2], 'u32'),
    stream: hasStream ? create('chosen stream', [rows, config.dModel]) : null,
    constant: create('constant activations', [rows, siteWidth(config, site)]),
    windowPlaces: create('places of a window', [window, 2], 'u32'),
    residual: create('rows of a window', [window, config.dModel]),
    targets: create('targets of a window', [window], 'u32'),
    // Of all replacements together, so that one trip brings them back.
    found: create('losses and what else is found', [2 * replacements * window, 1]),
  };
}

/** Gathers the chosen rows of the stream; null where none passes by the activations. */
export async function gatherStream(
  gpu: Gpu,
  stream: Tensor | null,
  tensors: SpliceTensors,
): Promise<Program | null> {
  if (stream === null || tensors.stream === null) return null;
  const p = new ProgramBuilder(gpu, 'choose stream');
  copyRows(p, p.persistent(stream), p.persistent(tensors.places), p.persistent(tensors.stream));
  return p.build();
}

/** Programs of every replacement by name, in the order in which they follow each other in `found`. */
export class SplicePrograms {
  readonly all = new Map<string, Splice>();
  /** Tensors of their own. */
  readonly own: Tensor[] = [];
  readonly #gpu: Gpu;
  readonly #model: AnalysedModel;
  readonly #context: number;
  readonly #tensors: SpliceTensors;

  private constructor(gpu: Gpu, model: AnalysedModel, context: number, tensors: SpliceTensors) {
    this.#gpu = gpu;
    this.#model = model;
    this.#context = context;
    this.#tensors = tensors;
  }

  /** @param context T @param tensors of as many replacements as there are reconstructions, and three */
  static async build(
    gpu: Gpu,
    model: AnalysedModel,
    context: number,
    inputs: SpliceInputs,
    tensors: SpliceTensors,
  ): Promise<SplicePrograms> {
    const programs = new SplicePrograms(gpu, model, context, tensors);
    const plain = await programs.#plainly();
    const compared = await programs.#compared(plain);
    await programs.#add(ORIGINAL, await programs.#after(ORIGINAL, inputs.activations), plain);
    for (const [id, reconstruction] of inputs.reconstructions)
      await programs.#add(id, await programs.#after(id, reconstruction), compared);
    const constant = await programs.#after('constant', null);
    await programs.#add(ZERO, constant, compared);
    await programs.#add(MEAN, constant, plain);
    return programs;
  }

  destroy(): void {
    const programs = [...this.all.values()].flatMap((splice) => Object.values(splice) as (Program | null)[]);
    for (const program of new Set(programs)) program?.destroy();
    for (const { buffer } of this.own) buffer.destroy();
  }

  /** @param from (N,A) what rows are gathered from; null for the constant */
  async #after(name: string, from: Tensor | null): Promise<Pick<Splice, 'run' | 'look'>> {
    const { config, site, letter, parameters } = this.#model;
    const { places, constant, stream, residual, windowPlaces } = this.#tensors;
    const p = new ProgramBuilder(this.#gpu, `splice ${name} ${letter}`);
    const values = new Map([...parameters].map(([key, tensor]) => [key, p.persistent(tensor)]));
    let replaced = p.persistent(constant);
    if (from !== null) {
      replaced = p.temporary(`chosen ${from.label}`, constant.shape);
      copyRows(p, p.persistent(from), p.persistent(places), replaced);
    }
    const at = { stream: stream === null ? null : p.persistent(stream), activations: replaced };
    const after = forwardFrom(p, at, values, { context: this.#context }, config, site);
    if (residual.shape[0] === places.shape[0]) {
      copy(p, after, p.persistent(residual));
      return { run: await p.build(), look: null };
    }
    const whole = p.output(after);
    const q = new ProgramBuilder(this.#gpu, `look at ${name} ${letter}`);
    copyRows(q, q.persistent(whole), q.persistent(windowPlaces), q.persistent(residual));
    return { run: await p.build(), look: await q.build() };
  }

  /** Losses, and 1/σ of the final LayerNorm; the logits stay, for the next to be compared with. */
  async #plainly(): Promise<Predicting & { readonly logits: Tensor; readonly logSum: Tensor }> {
    const { config, letter } = this.#model;
    const { p, values, residual, targets } = this.#predicting(`original losses ${letter}`);
    const { logits: predicted, statistics: ofRows } = logitsWithStatistics(p, residual, values, config);
    const { output, saved } = crossEntropy.forward(p, { logits: predicted }, { targets });
    const [loss, statistics] = [p.output(output), p.output(ofRows)];
    const [kept, logSum] = [p.output(predicted), p.output(saved.logSum)];
    // Of the mean and 1/σ of a row, the second.
    const found = [column(loss), column(statistics, 2, 1)];
    return { predict: await p.build(), found, logits: kept, logSum };
  }

  /** Losses, and divergences from the original predictions. */
  async #compared(original: { readonly logits: Tensor; readonly logSum: Tensor }): Promise<Predicting> {
    const { config, letter } = this.#model;
    const { p, values, residual, targets } = this.#predicting(`spliced losses ${letter}`);
    const before = { logits: p.persistent(original.logits), logSum: p.persistent(original.logSum) };
    const { loss, divergence } = klDivergence(p, before, logits(p, residual, values, config), targets);
    const found = [column(p.output(loss)), column(p.output(divergence))];
    return { predict: await p.build(), found };
  }

  #predicting(name: string) {
    const p = new ProgramBuilder(this.#gpu, name);
    const values = new Map([...this.#model.parameters].map(([key, tensor]) => [key, p.persistent(tensor)]));
    const { residual, targets } = this.#tensors;
    return { p, values, residual: p.persistent(residual), targets: p.persistent(targets) };
  }

  async #add(
    name: string,
    after: Pick<Splice, 'run' | 'look'>,
    { predict, found }: Predicting,
  ): Promise<void> {
    const p = new ProgramBuilder(this.#gpu, `keep ${name} ${this.#model.letter}`);
    const window = this.#tensors.targets.shape[0]!;
    for (const [k, { tensor, stride, first }] of found.entries()) {
      const to = (2 * this.all.size + k) * window;
      const moves = Uint32Array.from({ length: 2 * window }, (_, i) =>
        i % 2 === 0 ? (i / 2) * stride + first : to + (i - 1) / 2,
      );
      const places = createTensor(this.#gpu, `places of ${tensor.label}`, [window, 2], moves, 'u32');
      this.own.push(places);
      const elements = p.persistent({ ...tensor, shape: [window * stride, 1] });
      copyRows(p, elements, p.persistent(places), p.persistent(this.#tensors.found));
    }
    this.all.set(name, { ...after, predict, keep: await p.build() });
  }
}

/** A program that predicts, and the two columns of its rows that are kept. */
interface Predicting {
  readonly predict: Program;
  readonly found: readonly Column[];
}

/** Element `first` of every `stride` of a tensor. */
interface Column {
  readonly tensor: Tensor;
  readonly stride: number;
  readonly first: number;
}

const column = (tensor: Tensor, stride = 1, first = 0): Column => ({ tensor, stride, first });
