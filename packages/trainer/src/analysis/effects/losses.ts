import {
  copyRows,
  createTensor,
  crossEntropy,
  klDivergence,
  ProgramBuilder,
  readTensor,
  writeTensor,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
import { siteWidth } from '../../model/sites.ts';
import { forwardFrom, logits, rowsOfLogits } from '../../model/transformer.ts';
import type { AnalysedModel } from '../analysed-model.ts';
import type { SpacedContexts } from '../../tokens/spaced-contexts.ts';

/** Cross-entropies in nats a token, each a mean over the same tokens. */
export interface SplicedLosses {
  readonly original: number;
  /** With the activations of the site set to zero, and to their mean. */
  readonly zeroAblated: number;
  readonly meanAblated: number;
  /** With the activations replaced by each dictionary's reconstruction, by id. */
  readonly reconstructed: ReadonlyMap<string, number>;
  /** Mean KL divergence in nats from the original predictions to those with each reconstruction, by id. */
  readonly divergence: ReadonlyMap<string, number>;
  /** The same with the activations set to zero. */
  readonly zeroDivergence: number;
  readonly tokens: number;
}

/** What a comparison has added up. */
export interface SpliceState {
  readonly sums: readonly (readonly [string, number])[];
  readonly divergences: readonly (readonly [string, number])[];
}

/** Tensors of a batch of contexts, row for row: see AtSite, and what may stand for the activations. */
export interface SpliceInputs {
  /** (N,D) */
  readonly stream: Tensor | null;
  /** (N,D) the last stream, with the activations as they are. */
  readonly residual: Tensor;
  /** (N,A) by dictionary. */
  readonly reconstructions: ReadonlyMap<string, Tensor>;
}

/** Rows of the chosen contexts (R), and as many of them at a time as their logits have room for (W). */
interface SpliceTensors {
  /** (R,2) u32: rows of the batch and where they go. */
  readonly places: Tensor;
  /** (R,D) */
  readonly stream: Tensor | null;
  /** (R,A) what stands in for the activations on every row alike: zero until the end. */
  readonly constant: Tensor;
  /** (W,2) u32: rows of the chosen contexts, and the same rows of the batch, and where they go. */
  readonly windowPlaces: Tensor;
  readonly batchPlaces: Tensor;
  /** (W) u32 */
  readonly targets: Tensor;
  /** (2·S·W, 1) of each of S replacements the losses, then the divergences of its predictions from the original ones. */
  readonly found: Tensor;
}

/** What becomes of the stream with something in the place of the activations, and a look at some of its rows. */
interface Splice {
  /** Gathers the rows, where there is something to gather, and runs the rest of the model on them; null where it ran. */
  readonly run: Program | null;
  /** Puts rows of the last stream where losses are taken. */
  readonly look: Program;
  /** Puts what was found where it is read. */
  readonly keep: Program;
}

const ORIGINAL = 'original';
/** The same activations on every row: zero, and at the end their mean. */
const CONSTANT = 'constant';

/**
 * Compares how well a model predicts with other values in the place of the activations of a site, on some of the
 * contexts of the evaluation text, evenly spaced. It lives on what a pass over the text computes anyway. Logits exist for
 * some rows at a time, so that memory does not grow with rows times vocabulary.
 */
export class SpliceMeter {
  readonly #gpu: Gpu;
  readonly #context: number;
  /** Contexts of the text. */
  readonly #count: number;
  readonly #isChosen: (place: number) => boolean;
  /** Predicts from the original activations, and keeps the logits for the next. */
  readonly #original: Program;
  readonly #compare: Program;
  /** Null where no stream passes by the activations. */
  readonly #gatherStream: Program | null;
  /** The original first, so that the others can be compared with its logits. */
  readonly #splices: ReadonlyMap<string, Splice>;
  readonly #tensors: SpliceTensors;
  readonly #own: readonly Tensor[];
  readonly #sums = new Map<string, number>();
  readonly #divergences = new Map<string, number>();
  private constructor(
    gpu: Gpu,
    context: number,
    count: number,
    isChosen: (place: number) => boolean,
    programs: {
      readonly original: Program;
      readonly compare: Program;
      readonly gatherStream: Program | null;
      readonly splices: ReadonlyMap<string, Splice>;
    },
    tensors: SpliceTensors,
    own: readonly Tensor[],
  ) {
    this.#gpu = gpu;
    this.#context = context;
    this.#count = count;
    this.#isChosen = isChosen;
    this.#original = programs.original;
    this.#compare = programs.compare;
    this.#gatherStream = programs.gatherStream;
    this.#splices = programs.splices;
    this.#tensors = tensors;
    this.#own = own;
  }

  /** @param lossTokens about how many tokens to compare on, at most those of the evaluation text */
  static async build(
    gpu: Gpu,
    model: AnalysedModel,
    inputs: SpliceInputs,
    contexts: SpacedContexts,
    lossTokens: number,
  ): Promise<SpliceMeter> {
    const { config, site, parameters, letter } = model;
    const wanted = Math.max(1, Math.min(contexts.count, Math.floor(lossTokens / contexts.length)));
    const isChosen = (place: number) =>
      Math.floor(((place + 1) * wanted) / contexts.count) > Math.floor((place * wanted) / contexts.count);
    const perBatch = inputs.residual.shape[0]! / contexts.length;
    const rows = Math.min(perBatch, Math.ceil((perBatch * wanted) / contexts.count) + 1) * contexts.length;
    const window = Math.min(rows, rowsOfLogits(config));
    const create = (label: string, shape: number[], dtype: 'f32' | 'u32' = 'f32') =>
      createTensor(gpu, label, shape, null, dtype);
    const places = create('places', [rows, 2], 'u32');
    const stream = inputs.stream === null ? null : create('chosen stream', [rows, config.dModel]);
    const constant = create('constant activations', [rows, siteWidth(config, site)]);
    const windowPlaces = create('places of a window', [window, 2], 'u32');
    const batchPlaces = create('places of a window in the batch', [window, 2], 'u32');
    const residual = create('rows of a window', [window, config.dModel]);
    const targets = create('targets of a window', [window], 'u32');

    let gatherStream: Program | null = null;
    if (inputs.stream !== null) {
      const q = new ProgramBuilder(gpu, 'choose stream');
      copyRows(q, q.persistent(inputs.stream), q.persistent(places), q.persistent(stream!));
      gatherStream = await q.build();
    }
    const own: Tensor[] = [places, constant, windowPlaces, batchPlaces, residual, targets];
    if (stream !== null) own.push(stream);
    const lookAt = (name: string, stream: Tensor, at: Tensor): Promise<Program> => {
      const q = new ProgramBuilder(gpu, `look at ${name} ${letter}`);
      copyRows(q, q.persistent(stream), q.persistent(at), q.persistent(residual));
      return q.build();
    };
    const sources: [string, Tensor | null][] = [...inputs.reconstructions, [CONSTANT, null]];
    const runs = new Map<string, Omit<Splice, 'keep'>>();
    runs.set(ORIGINAL, { run: null, look: await lookAt(ORIGINAL, inputs.residual, batchPlaces) });
    for (const [name, from] of sources) {
      const p = new ProgramBuilder(gpu, `splice ${name} ${letter}`);
      const values = new Map([...parameters].map(([key, tensor]) => [key, p.persistent(tensor)]));
      let replaced = p.persistent(constant);
      if (from !== null) {
        const chosen = create(`chosen activations ${name}`, constant.shape as number[]);
        own.push(chosen);
        replaced = p.persistent(chosen);
        copyRows(p, p.persistent(from), p.persistent(places), replaced);
      }
      const at = { stream: stream === null ? null : p.persistent(stream), activations: replaced };
      const tokens = { tokens: p.persistent(places), order: null, starts: null, context: contexts.length };
      const after = p.output(forwardFrom(p, at, values, tokens, config, site));
      runs.set(name, { run: await p.build(), look: await lookAt(name, after, windowPlaces) });
    }

    const predict = (p: ProgramBuilder) => {
      const values = new Map([...parameters].map(([key, tensor]) => [key, p.persistent(tensor)]));
      const predicted = logits(p, p.persistent(residual), values, config);
      const losses = p.apply(crossEntropy, { logits: predicted }, { targets: p.persistent(targets) });
      return { predicted, loss: p.output(losses) };
    };
    const q = new ProgramBuilder(gpu, `original losses ${letter}`);
    const before = predict(q);
    const originalLogits = q.output(before.predicted);
    const p = new ProgramBuilder(gpu, `spliced losses ${letter}`);
    const after = predict(p);
    const divergence = p.output(klDivergence(p, p.persistent(originalLogits), after.predicted));

    // Of all replacements together, so that one trip brings them back.
    const found = create('losses and divergences', [2 * runs.size * window, 1]);
    own.push(found);
    const splices = new Map<string, Splice>();
    for (const [name, run] of runs) {
      const r = new ProgramBuilder(gpu, `keep ${name} ${letter}`);
      const kept = name === ORIGINAL ? [before.loss] : [after.loss, divergence];
      for (const [k, { buffer, label }] of kept.entries()) {
        const first = (2 * splices.size + k) * window;
        const to = Uint32Array.from({ length: 2 * window }, (_, i) => (i >> 1) + (i % 2) * first);
        const moves = createTensor(gpu, `places of ${label}`, [window, 2], to, 'u32');
        own.push(moves);
        const column = r.persistent({ label, shape: [window, 1], dtype: 'f32', buffer });
        copyRows(r, column, r.persistent(moves), r.persistent(found));
      }
      splices.set(name, { ...run, keep: await r.build() });
    }
    return new SpliceMeter(
      gpu,
      contexts.length,
      contexts.count,
      isChosen,
      { original: await q.build(), compare: await p.build(), gatherStream, splices },
      {
        places,
        stream,
        constant,
        windowPlaces,
        batchPlaces,
        targets,
        found,
      },
      own,
    );
  }

  /**
   * Measures on a batch whose inputs are on the device.
   *
   * @param tokens of the batch, T + 1 a context
   */
  async add(
    batch: { readonly first: number; readonly contexts: number },
    tokens: Uint32Array,
  ): Promise<void> {
    const chosen = Array.from({ length: batch.contexts }, (_, c) => c).filter((c) =>
      this.#isChosen(batch.first + c),
    );
    if (chosen.length === 0) return;
    await this.#compareRows(chosen, tokens, [...this.#splices.keys()]);
  }

  /** Where the comparison stands between two batches. */
  state(): SpliceState {
    return { sums: [...this.#sums], divergences: [...this.#divergences] };
  }

  /** Goes on from where another comparison of the same stood. */
  restore({ sums, divergences }: SpliceState): void {
    for (const [name, sum] of sums) this.#sums.set(name, sum);
    for (const [name, sum] of divergences) this.#divergences.set(name, sum);
  }

  /**
   * Ends the comparison.
   *
   * @param mean (A) of the activations over the evaluation tokens, which are known only at the end
   * @param again puts the stream and the activations of some contexts on the device once more, as for `add`, and returns
   * their tokens: to keep the streams instead would take memory by the token
   * @param contexts how many `again` takes at most
   */
  async finish(
    mean: Float64Array,
    contexts: number,
    again: (places: readonly number[]) => Promise<Uint32Array>,
  ): Promise<SplicedLosses> {
    const [zero, zeroDivergence] = [this.#sums.get(CONSTANT)!, this.#divergences.get(CONSTANT)!];
    this.#sums.delete(CONSTANT);
    this.#holdConstant(mean);
    const chosen = Array.from({ length: this.#count }, (_, place) => place).filter(this.#isChosen);
    const atOnce = this.#tensors.constant.shape[0]! / this.#context;
    for (let first = 0; first < chosen.length; first += contexts) {
      const places = chosen.slice(first, first + contexts);
      const tokens = await again(places);
      for (let from = 0; from < places.length; from += atOnce) {
        const some = Array.from({ length: Math.min(atOnce, places.length - from) }, (_, i) => from + i);
        await this.#compareRows(some, tokens, [CONSTANT]);
      }
    }
    const tokens = chosen.length * this.#context;
    const ids = [...this.#splices.keys()].filter((name) => name !== CONSTANT && name !== ORIGINAL);
    return {
      original: this.#sums.get(ORIGINAL)! / tokens,
      zeroAblated: zero / tokens,
      meanAblated: this.#sums.get(CONSTANT)! / tokens,
      reconstructed: new Map(ids.map((id) => [id, this.#sums.get(id)! / tokens])),
      divergence: new Map(ids.map((id) => [id, this.#divergences.get(id)! / tokens])),
      zeroDivergence: zeroDivergence / tokens,
      tokens,
    };
  }

  destroy(): void {
    const programs = [...this.#splices.values()].flatMap(({ run, look, keep }) => [run, look, keep]);
    for (const program of [this.#original, this.#compare, this.#gatherStream, ...programs])
      program?.destroy();
    for (const { buffer } of this.#own) buffer.destroy();
  }

  /**
   * Adds losses and divergences of some replacements.
   *
   * @param chosen contexts of the batch that is on the device
   * @param tokens of the batch, T + 1 a context
   */
  async #compareRows(
    chosen: readonly number[],
    tokens: Uint32Array,
    names: readonly string[],
  ): Promise<void> {
    const T = this.#context;
    const rows = chosen.flatMap((c) => Array.from({ length: T }, (_, t) => c * T + t));
    const targets = Uint32Array.from(rows, (row) => tokens[row + Math.floor(row / T) + 1]!);
    writeTensor(this.#gpu, this.#tensors.places, Uint32Array.from(rows.flatMap((row, i) => [row, i])));
    await this.#gatherStream?.run({ rows: rows.length, scale: 1 });
    for (const name of names)
      await this.#splices.get(name)!.run?.run(name === CONSTANT ? {} : { rows: rows.length, scale: 1 });
    const window = this.#tensors.targets.shape[0]!;
    const order = [...this.#splices.keys()];
    for (let first = 0; first < rows.length; first += window) {
      const count = Math.min(window, rows.length - first);
      const placesOf = (rowOf: (i: number) => number) =>
        Uint32Array.from({ length: 2 * count }, (_, i) => (i % 2 === 0 ? rowOf(i / 2) : (i - 1) / 2));
      writeTensor(
        this.#gpu,
        this.#tensors.windowPlaces,
        placesOf((i) => first + i),
      );
      writeTensor(
        this.#gpu,
        this.#tensors.batchPlaces,
        placesOf((i) => rows[first + i]!),
      );
      writeTensor(this.#gpu, this.#tensors.targets, targets.subarray(first, first + count));
      for (const name of names) {
        const { look, keep } = this.#splices.get(name)!;
        await look.run({ rows: count, scale: 1 });
        await (name === ORIGINAL ? this.#original : this.#compare).run();
        await keep.run({ rows: count, scale: 1 });
      }
      // The names follow each other.
      const start = 2 * order.indexOf(names[0]!) * window;
      const found = await readTensor(this.#gpu, this.#tensors.found, start, 2 * names.length * window);
      for (const [n, name] of names.entries()) {
        const at = 2 * n * window;
        add(this.#sums, name, found.subarray(at, at + count));
        if (name !== ORIGINAL) add(this.#divergences, name, found.subarray(at + window, at + window + count));
      }
    }
  }

  #holdConstant(row: Float64Array): void {
    const rows = this.#tensors.constant.shape[0]!;
    const values = new Float32Array(rows * row.length);
    for (let n = 0; n < rows; n++) values.set(row, n * row.length);
    writeTensor(this.#gpu, this.#tensors.constant, values);
  }
}

function add(sums: Map<string, number>, name: string, values: Float32Array): void {
  sums.set(
    name,
    values.reduce((sum, value) => sum + value, sums.get(name) ?? 0),
  );
}
