import { copy, readTensors, type Gpu, type Program, type Tensor } from '@monosema/engine';
import type { LoadedDictionary } from '../../dictionary/dictionary-folder.ts';
import { siteWidth } from '../../model/sites.ts';
import { forwardTo } from '../../model/transformer.ts';
import type { SpacedContexts } from '../../tokens/spaced-contexts.ts';
import { ContextBatches, contextsPerBatch, modelProgram, type AnalysedModel } from '../analysed-model.ts';
import { SpliceMeter, type SplicedLosses } from '../effects/losses.ts';
import { PositiveEntries } from './dense-rows.ts';
import { EncodeProgram, reconstructionSums } from './encode-program.ts';
import { rowSquares } from './row-squares.ts';
import type { Collector, Totals } from './totals.ts';

/** Contexts that are computed together. */
export interface Batch {
  readonly first: number;
  readonly contexts: number;
}

/** A batch that is on the device, encoded. */
export interface Encoded {
  readonly batch: Batch;
  readonly tokens: Uint32Array;
  /** (N,A) its activations. */
  readonly dense: Float32Array;
  /** By encoder, where the entries of each row begin. */
  readonly starts: readonly Uint32Array[];
}

/** A batch whose entries were taken and whose losses were compared. */
export interface Brought extends Encoded {
  /** By encoder, of each row |x - x̂|² and |x̂|². */
  readonly squares: readonly Float32Array[];
}

interface Encoder {
  readonly program: EncodeProgram;
  readonly collector: Collector;
}

/** The programs of a pass, and what is done with a batch: `encode`, `bring`, `add`. */
export class BatchPass {
  readonly batches: ContextBatches;
  readonly splices: SpliceMeter;
  readonly #gpu: Gpu;
  readonly #model: AnalysedModel;
  readonly #totals: Totals;
  readonly #context: number;
  readonly #forward: Program;
  readonly #x: Tensor;
  readonly #stream: Tensor | null;
  readonly #encoders: readonly Encoder[];
  readonly #positive: PositiveEntries;

  private constructor(
    gpu: Gpu,
    model: AnalysedModel,
    totals: Totals,
    batches: ContextBatches,
    programs: {
      readonly forward: Program;
      readonly x: Tensor;
      readonly stream: Tensor | null;
      readonly encoders: readonly Encoder[];
      readonly splices: SpliceMeter;
    },
  ) {
    this.#gpu = gpu;
    this.#model = model;
    this.#totals = totals;
    this.batches = batches;
    this.#context = batches.tensors.context;
    this.#forward = programs.forward;
    this.#x = programs.x;
    this.#stream = programs.stream;
    this.#encoders = programs.encoders;
    this.splices = programs.splices;
    this.#positive = new PositiveEntries(siteWidth(model.config, model.site), batches.rows);
  }

  static async build(
    gpu: Gpu,
    model: AnalysedModel,
    dictionaries: ReadonlyMap<string, LoadedDictionary>,
    contexts: SpacedContexts,
    lossTokens: number,
    totals: Totals,
  ): Promise<BatchPass> {
    const { config, letter, site } = model;
    const features = [...dictionaries.values()].map(({ dictionary }) => dictionary.features);
    const perBatch = contextsPerBatch(contexts.length, Math.max(siteWidth(config, site), ...features));
    const batches = new ContextBatches(gpu, contexts, config.vocabulary, perBatch);
    const { p, values, tokens } = modelProgram(gpu, `activations ${letter}`, model, batches.tensors);
    const at = forwardTo(p, values, tokens, config, site);
    const x = p.output(at.activations);
    const stream = at.stream === null ? null : p.output(at.stream);
    const forward = await p.build();
    const encoders: Encoder[] = [];
    for (const collector of totals.collectors) {
      const { dictionary } = dictionaries.get(collector.id)!;
      encoders.push({ program: await EncodeProgram.build(gpu, collector.id, dictionary, x), collector });
    }
    const reconstructions = new Map(
      encoders.map(({ program, collector }) => [collector.id, program.reconstruction]),
    );
    const inputs = { stream, activations: x, reconstructions };
    const splices = await SpliceMeter.build(gpu, model, inputs, contexts, lossTokens);
    if (totals.splices !== null) splices.restore(totals.splices);
    return new BatchPass(gpu, model, totals, batches, { forward, x, stream, encoders, splices });
  }

  /** Runs the model on a batch and encodes it; what was there of the one before has been brought back. */
  async encode(batch: Batch): Promise<Encoded> {
    const tokens = this.batches.load(batch);
    await this.#forward.run();
    for (const { program } of this.#encoders) await program.encode();
    const [dense, ...starts] = await readTensors(this.#gpu, [
      this.#x,
      ...this.#encoders.map(({ program }) => program.offsets),
    ]);
    return { batch, tokens, dense, starts: starts as Uint32Array[] };
  }

  /** Brings back what is active, and compares losses. */
  async bring(encoded: Encoded): Promise<Brought> {
    const { batch, tokens, starts } = encoded;
    const rows = batch.contexts * this.#context;
    const first = batch.first * this.#context;
    for (const [e, { program }] of this.#encoders.entries()) await program.complete(starts[e]!, rows);
    const [squares] = await Promise.all([
      Promise.all(
        this.#encoders.map(({ program, collector }, e) =>
          program.bringBack(starts[e]!, rows, first, (found) => collector.add(found)),
        ),
      ),
      this.splices.add(batch, tokens),
    ]);
    return { ...encoded, squares };
  }

  /** Adds the rest to the totals, which takes the host alone. */
  add({ batch, dense, squares }: Brought): void {
    const { activations, neurons } = this.#totals;
    const rows = batch.contexts * this.#context;
    const mean = activations.add(dense, rows);
    neurons?.add(this.#positive.of(dense, rows, batch.first * this.#context));
    const ofRows = rowSquares(dense, mean, rows);
    for (const [e, { collector }] of this.#encoders.entries())
      collector.addReconstruction(reconstructionSums(squares[e]!, ofRows));
    this.#totals.contexts = batch.first + batch.contexts;
  }

  /** Compares losses with the mean of the activations in their place, which is known once all are added. */
  async finish(): Promise<SplicedLosses> {
    const restream = this.#stream === null ? null : await this.#streamProgram(this.#stream);
    const contexts = this.batches.rows / this.#context;
    const losses = await this.splices.finish(this.#totals.activations.mean(), contexts, async (places) => {
      const tokens = this.batches.loadPlaces(places);
      await restream?.run();
      return tokens;
    });
    restream?.destroy();
    return losses;
  }

  destroy(): void {
    this.splices.destroy();
    for (const { program } of this.#encoders) program.destroy();
    this.#forward.destroy();
    this.batches.destroy();
  }

  /** Computes the stream that passes by the activations, and not these. */
  async #streamProgram(stream: Tensor): Promise<Program> {
    const { letter, config } = this.#model;
    const { p, values, tokens } = modelProgram(
      this.#gpu,
      `stream ${letter}`,
      this.#model,
      this.batches.tensors,
    );
    const site = { name: 'residual-mid', layer: this.#model.site.layer } as const;
    copy(p, forwardTo(p, values, tokens, config, site).activations, p.persistent(stream));
    return p.build();
  }
}
