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
import { forwardFrom, logits } from '../../model/transformer.ts';
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

/** Rows of the chosen contexts. */
interface SpliceTensors {
  /** (R,2) u32: rows of the batch and where they go. */
  readonly places: Tensor;
  /** (R,D) */
  readonly stream: Tensor | null;
  /** (R,A) */
  readonly replaced: Tensor;
  /** (R) u32 */
  readonly targets: Tensor;
  /** (R) of the last replacement: its loss, and the divergence of its predictions from the original ones. */
  readonly loss: Tensor;
  readonly divergence: Tensor;
  /** (R) loss of the original activations. */
  readonly originalLoss: Tensor;
}

/**
 * Compares how well a model predicts with other values in the place of the activations of a site, on some of the
 * contexts of the evaluation text, evenly spaced. It lives on what a pass over the text computes anyway.
 */
export class SpliceMeter {
  readonly #gpu: Gpu;
  readonly #context: number;
  readonly #isChosen: (place: number) => boolean;
  /** Predicts from the original activations, and keeps the logits for the next. */
  readonly #original: Program;
  readonly #splice: Program;
  readonly #gathers: ReadonlyMap<string, Program>;
  readonly #tensors: SpliceTensors;
  readonly #sums = new Map<string, number>();
  readonly #divergences = new Map<string, number>();
  /** Streams and targets of the batches so far: the mean of the activations is known only at the end. */
  readonly #batches: { readonly stream: Float32Array | null; readonly targets: Uint32Array }[] = [];

  private constructor(
    gpu: Gpu,
    context: number,
    isChosen: (place: number) => boolean,
    original: Program,
    splice: Program,
    gathers: ReadonlyMap<string, Program>,
    tensors: SpliceTensors,
  ) {
    this.#gpu = gpu;
    this.#context = context;
    this.#isChosen = isChosen;
    this.#original = original;
    this.#splice = splice;
    this.#gathers = gathers;
    this.#tensors = tensors;
  }

  /** @param lossTokens about how many tokens to compare on, at most those of the evaluation text */
  static async build(
    gpu: Gpu,
    model: AnalysedModel,
    inputs: SpliceInputs,
    contexts: SpacedContexts,
    lossTokens: number,
  ): Promise<SpliceMeter> {
    const { config, site, parameters } = model;
    const wanted = Math.max(1, Math.min(contexts.count, Math.floor(lossTokens / contexts.length)));
    const isChosen = (place: number) =>
      Math.floor(((place + 1) * wanted) / contexts.count) > Math.floor((place * wanted) / contexts.count);
    const perBatch = inputs.activations.shape[0]! / contexts.length;
    const rows = Math.min(perBatch, Math.ceil((perBatch * wanted) / contexts.count) + 1) * contexts.length;
    const create = (label: string, shape: number[], dtype: 'f32' | 'u32' = 'f32') =>
      createTensor(gpu, label, shape, null, dtype);
    const places = create('places', [rows, 2], 'u32');
    const stream = inputs.stream === null ? null : create('chosen stream', [rows, config.dModel]);
    const replaced = create('replaced activations', [rows, siteWidth(config, site)]);
    const targets = create('chosen targets', [rows], 'u32');

    const gathers = new Map<string, Program>();
    const sources: [string, Tensor, Tensor][] = [
      ['original', inputs.activations, replaced],
      ...[...inputs.reconstructions].map(([id, tensor]): [string, Tensor, Tensor] => [id, tensor, replaced]),
    ];
    if (inputs.stream !== null) sources.push(['stream', inputs.stream, stream!]);
    for (const [name, from, to] of sources) {
      const q = new ProgramBuilder(gpu, `choose ${name}`);
      copyRows(q, q.persistent(from), q.persistent(places), q.persistent(to));
      gathers.set(name, await q.build());
    }

    const predict = (p: ProgramBuilder) => {
      const values = new Map([...parameters].map(([key, tensor]) => [key, p.persistent(tensor)]));
      const at = {
        stream: stream === null ? null : p.persistent(stream),
        activations: p.persistent(replaced),
      };
      const wantedTokens = p.persistent(targets);
      const tokens = { tokens: wantedTokens, order: null, starts: null, context: contexts.length };
      const predicted = logits(p, forwardFrom(p, at, values, tokens, config, site), values, config);
      const losses = p.apply(crossEntropy, { logits: predicted }, { targets: wantedTokens });
      return { predicted, loss: p.output(losses) };
    };
    const q = new ProgramBuilder(gpu, `original losses ${model.letter}`);
    const before = predict(q);
    const originalLogits = q.output(before.predicted);
    const p = new ProgramBuilder(gpu, `spliced losses ${model.letter}`);
    const after = predict(p);
    const divergence = p.output(klDivergence(p, p.persistent(originalLogits), after.predicted));
    return new SpliceMeter(gpu, contexts.length, isChosen, await q.build(), await p.build(), gathers, {
      places,
      stream,
      replaced,
      targets,
      loss: after.loss,
      divergence,
      originalLoss: before.loss,
    });
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
    writeTensor(this.#gpu, this.#tensors.targets, targets);
    await this.#gathers.get('stream')?.run({ rows: rows.length, scale: 1 });
    const { stream } = this.#tensors;
    this.#batches.push({
      targets,
      stream: stream === null ? null : await readTensor(this.#gpu, stream, 0, rows.length * stream.shape[1]!),
    });
    for (const [name, gather] of this.#gathers) {
      if (name === 'stream') continue;
      await gather.run({ rows: rows.length, scale: 1 });
      await this.#measure(name, rows.length);
    }
    this.#replaceByRow(new Float64Array(this.#tensors.replaced.shape[1]!));
    await this.#measure('zero', rows.length);
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
    this.#replaceByRow(mean);
    let tokens = 0;
    for (const { stream, targets } of this.#batches) {
      if (stream !== null) writeTensor(this.#gpu, this.#tensors.stream!, stream);
      writeTensor(this.#gpu, this.#tensors.targets, targets);
      await this.#measure('mean', targets.length);
      tokens += targets.length;
    }
    const meanLoss = (name: string) => this.#sums.get(name)! / tokens;
    const ids = [...this.#gathers.keys()].filter((name) => name !== 'stream' && name !== 'original');
    return {
      original: meanLoss('original'),
      zeroAblated: meanLoss('zero'),
      meanAblated: meanLoss('mean'),
      reconstructed: new Map(ids.map((id) => [id, meanLoss(id)])),
      divergence: new Map(ids.map((id) => [id, this.#divergences.get(id)! / tokens])),
      zeroDivergence: this.#divergences.get('zero')! / tokens,
      tokens,
    };
  }

  destroy(): void {
    for (const program of [this.#original, this.#splice, ...this.#gathers.values()]) program.destroy();
    const { places, stream, replaced, targets } = this.#tensors;
    for (const tensor of [places, stream, replaced, targets]) tensor?.buffer.destroy();
  }

  async #measure(name: string, rows: number): Promise<void> {
    // The original comes first in each batch, so that the others can be compared with its logits.
    const original = name === 'original';
    const { loss, originalLoss, divergence } = this.#tensors;
    await (original ? this.#original : this.#splice).run();
    add(this.#sums, name, await readTensor(this.#gpu, original ? originalLoss : loss, 0, rows));
    // The mean comes when the logits of the batch are gone.
    if (!original && name !== 'mean')
      add(this.#divergences, name, await readTensor(this.#gpu, divergence, 0, rows));
  }

  #replaceByRow(row: Float64Array): void {
    const rows = this.#tensors.replaced.shape[0]!;
    const values = new Float32Array(rows * row.length);
    for (let n = 0; n < rows; n++) values.set(row, n * row.length);
    writeTensor(this.#gpu, this.#tensors.replaced, values);
  }
}

function add(sums: Map<string, number>, name: string, values: Float32Array): void {
  sums.set(
    name,
    values.reduce((sum, value) => sum + value, sums.get(name) ?? 0),
  );
}
