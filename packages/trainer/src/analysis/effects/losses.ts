import {
  copyRows,
  createTensor,
  crossEntropy,
  klDivergence,
  ProgramBuilder,
  readTensor,
  readTensors,
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

/** Where a comparison stands: what it has added up, and the batches that it will look at again. */
export interface SpliceState {
  readonly value: {
    readonly sums: readonly (readonly [string, number])[];
    readonly divergences: readonly (readonly [string, number])[];
    /** Rows of each batch. */
    readonly rows: readonly number[];
  };
  /** Of all batches, one after another; empty where no stream passes by the activations. */
  readonly streams: Float32Array;
  readonly targets: Uint32Array;
}

/** Tensors of a batch of contexts, row for row: see AtSite, and what may stand for the activations. */
export interface SpliceInputs {
  /** (N,D) */
  readonly stream: Tensor | null;
  /** (N,A) */
  readonly activations: Tensor;
  /** (N,A) by dictionary. */
  readonly reconstructions: ReadonlyMap<string, Tensor>;
}

/** Rows of the chosen contexts (R), and as many of them at a time as their logits have room for (W). */
interface SpliceTensors {
  /** (R,2) u32: rows of the batch and where they go. */
  readonly places: Tensor;
  /** (R,D) */
  readonly stream: Tensor | null;
  /** (R,A) what stands in for the activations on every row alike. */
  readonly constant: Tensor;
  /** (W,2) u32 */
  readonly windowPlaces: Tensor;
  /** (W) u32 */
  readonly targets: Tensor;
  /** (W) of the last replacement: its loss, and the divergence of its predictions from the original ones. */
  readonly loss: Tensor;
  readonly divergence: Tensor;
  /** (W) loss of the original activations. */
  readonly originalLoss: Tensor;
}

/** What becomes of the stream with something in the place of the activations, and a look at some of its rows. */
interface Splice {
  /** Gathers the rows, where there is something to gather, and runs the rest of the model on them. */
  readonly run: Program;
  /** Puts rows of the last stream where losses are taken. */
  readonly look: Program;
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
  /** Streams and targets of the batches so far: the mean of the activations is known only at the end. */
  readonly #batches: { readonly stream: Float32Array | null; readonly targets: Uint32Array }[] = [];

  private constructor(
    gpu: Gpu,
    context: number,
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
    const perBatch = inputs.activations.shape[0]! / contexts.length;
    const rows = Math.min(perBatch, Math.ceil((perBatch * wanted) / contexts.count) + 1) * contexts.length;
    const window = Math.min(rows, rowsOfLogits(config));
    const create = (label: string, shape: number[], dtype: 'f32' | 'u32' = 'f32') =>
      createTensor(gpu, label, shape, null, dtype);
    const places = create('places', [rows, 2], 'u32');
    const stream = inputs.stream === null ? null : create('chosen stream', [rows, config.dModel]);
    const constant = create('constant activations', [rows, siteWidth(config, site)]);
    const windowPlaces = create('places of a window', [window, 2], 'u32');
    const residual = create('rows of a window', [window, config.dModel]);
    const targets = create('targets of a window', [window], 'u32');

    let gatherStream: Program | null = null;
    if (inputs.stream !== null) {
      const q = new ProgramBuilder(gpu, 'choose stream');
      copyRows(q, q.persistent(inputs.stream), q.persistent(places), q.persistent(stream!));
      gatherStream = await q.build();
    }
    const splices = new Map<string, Splice>();
    const own: Tensor[] = [places, constant, windowPlaces, residual, targets];
    if (stream !== null) own.push(stream);
    const sources: [string, Tensor | null][] = [
      [ORIGINAL, inputs.activations],
      ...inputs.reconstructions,
      [CONSTANT, null],
    ];
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
      const q = new ProgramBuilder(gpu, `look at ${name} ${letter}`);
      copyRows(q, q.persistent(after), q.persistent(windowPlaces), q.persistent(residual));
      splices.set(name, { run: await p.build(), look: await q.build() });
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
    return new SpliceMeter(
      gpu,
      contexts.length,
      isChosen,
      { original: await q.build(), compare: await p.build(), gatherStream, splices },
      {
        places,
        stream,
        constant,
        windowPlaces,
        targets,
        loss: after.loss,
        divergence,
        originalLoss: before.loss,
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
    const T = this.#context;
    const chosen = Array.from({ length: batch.contexts }, (_, c) => c).filter((c) =>
      this.#isChosen(batch.first + c),
    );
    if (chosen.length === 0) return;
    const rows = chosen.flatMap((c) => Array.from({ length: T }, (_, t) => c * T + t));
    const targets = Uint32Array.from(rows, (row) => tokens[row + Math.floor(row / T) + 1]!);
    writeTensor(this.#gpu, this.#tensors.places, Uint32Array.from(rows.flatMap((row, i) => [row, i])));
    await this.#gatherStream?.run({ rows: rows.length, scale: 1 });
    const { stream } = this.#tensors;
    this.#batches.push({
      targets,
      stream: stream === null ? null : await readTensor(this.#gpu, stream, 0, rows.length * stream.shape[1]!),
    });
    this.#holdConstant(new Float64Array(this.#tensors.constant.shape[1]!));
    for (const [name, { run }] of this.#splices)
      await run.run(name === CONSTANT ? {} : { rows: rows.length, scale: 1 });
    await this.#eachWindow(targets, async (count) => {
      for (const name of this.#splices.keys()) await this.#measure(name, count);
    });
  }

  /** Where the comparison stands between two batches. */
  state(): SpliceState {
    const streams = new Float32Array(
      this.#batches.reduce((sum, { stream }) => sum + (stream?.length ?? 0), 0),
    );
    const targets = new Uint32Array(this.#batches.reduce((sum, batch) => sum + batch.targets.length, 0));
    let [atStream, atTarget] = [0, 0];
    for (const batch of this.#batches) {
      if (batch.stream !== null) streams.set(batch.stream, atStream);
      targets.set(batch.targets, atTarget);
      atStream += batch.stream?.length ?? 0;
      atTarget += batch.targets.length;
    }
    return {
      value: {
        sums: [...this.#sums],
        divergences: [...this.#divergences],
        rows: this.#batches.map((batch) => batch.targets.length),
      },
      streams,
      targets,
    };
  }

  /** Goes on from where another comparison of the same stood. */
  restore({ value, streams, targets }: SpliceState): void {
    for (const [name, sum] of value.sums) this.#sums.set(name, sum);
    for (const [name, sum] of value.divergences) this.#divergences.set(name, sum);
    const width = this.#tensors.stream === null ? 0 : this.#tensors.stream.shape[1]!;
    let at = 0;
    for (const rows of value.rows) {
      this.#batches.push({
        targets: targets.slice(at, at + rows),
        stream: width === 0 ? null : streams.slice(at * width, (at + rows) * width),
      });
      at += rows;
    }
  }

  /** Ends the comparison. @param mean (A) of the activations over the evaluation tokens */
  async finish(mean: Float64Array): Promise<SplicedLosses> {
    const zero = this.#sums.get(CONSTANT)!;
    this.#sums.delete(CONSTANT);
    this.#holdConstant(mean);
    let tokens = 0;
    for (const { stream, targets } of this.#batches) {
      if (stream !== null) writeTensor(this.#gpu, this.#tensors.stream!, stream);
      await this.#splices.get(CONSTANT)!.run.run();
      await this.#eachWindow(targets, async (count) => {
        await this.#look(CONSTANT, count);
        await this.#compare.run();
        add(this.#sums, CONSTANT, await readTensor(this.#gpu, this.#tensors.loss, 0, count));
      });
      tokens += targets.length;
    }
    const ids = [...this.#splices.keys()].filter((name) => name !== CONSTANT && name !== ORIGINAL);
    return {
      original: this.#sums.get(ORIGINAL)! / tokens,
      zeroAblated: zero / tokens,
      meanAblated: this.#sums.get(CONSTANT)! / tokens,
      reconstructed: new Map(ids.map((id) => [id, this.#sums.get(id)! / tokens])),
      divergence: new Map(ids.map((id) => [id, this.#divergences.get(id)! / tokens])),
      zeroDivergence: this.#divergences.get(CONSTANT)! / tokens,
      tokens,
    };
  }

  destroy(): void {
    const programs = [...this.#splices.values()].flatMap(({ run, look }) => [run, look]);
    for (const program of [this.#original, this.#compare, this.#gatherStream, ...programs])
      program?.destroy();
    for (const { buffer } of this.#own) buffer.destroy();
  }

  /** Goes through the rows, as many at a time as a window has. */
  async #eachWindow(targets: Uint32Array, measure: (count: number) => Promise<void>): Promise<void> {
    const window = this.#tensors.targets.shape[0]!;
    for (let first = 0; first < targets.length; first += window) {
      const count = Math.min(window, targets.length - first);
      const places = Array.from({ length: count }, (_, i) => [first + i, i]);
      writeTensor(this.#gpu, this.#tensors.windowPlaces, Uint32Array.from(places.flat()));
      writeTensor(this.#gpu, this.#tensors.targets, targets.subarray(first, first + count));
      await measure(count);
    }
  }

  async #look(name: string, count: number): Promise<void> {
    await this.#splices.get(name)!.look.run({ rows: count, scale: 1 });
  }

  /** Adds losses and divergences of a window. */
  async #measure(name: string, count: number): Promise<void> {
    const { loss, originalLoss, divergence } = this.#tensors;
    await this.#look(name, count);
    if (name === ORIGINAL) {
      await this.#original.run();
      add(this.#sums, name, (await readTensor(this.#gpu, originalLoss)).subarray(0, count));
    } else {
      await this.#compare.run();
      const [losses, divergences] = await readTensors(this.#gpu, [loss, divergence]);
      add(this.#sums, name, losses.subarray(0, count));
      add(this.#divergences, name, divergences.subarray(0, count));
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
