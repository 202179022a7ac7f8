import { copy, type Gpu, type Program, type Tensor } from '@monosema/engine';
import type { LoadedDictionary } from '../../dictionary/dictionary-folder.ts';
import { siteWidth } from '../../model/sites.ts';
import { forwardTo } from '../../model/transformer.ts';
import type { SpacedContexts } from '../../tokens/spaced-contexts.ts';
import { ContextBatches, contextsPerBatch, modelProgram, type AnalysedModel } from '../analysed-model.ts';
import { SpliceMeter, type SplicedLosses, type SpliceState } from '../effects/losses.ts';
import type { FoundOfBatch } from '../effects/splice-comparison.ts';
import { MeasuredActivations, type ActivationStatistics } from './activation-statistics.ts';
import { ListedEntries, type BroughtEntries } from './listed-entries.ts';
import { reconstructionSums } from './reconstruction-sums.ts';
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
  readonly statistics: ActivationStatistics;
  /** By source, where the entries of each row begin. */
  readonly starts: readonly Uint32Array[];
  /** Losses as far as all entries had room, and were reconstructed. */
  readonly splices: Promise<FoundOfBatch>;
}

/** A batch that the device is done with. */
export interface Brought extends Omit<Encoded, 'splices'> {
  /** By source. */
  readonly entries: readonly BroughtEntries[];
  /** Where the comparison of losses stood after it. */
  readonly splices: SpliceState;
}

/** A dictionary, or the neurons, and where its totals are. */
interface Source {
  readonly listed: ListedEntries;
  readonly collector: Collector;
}

/** What runs on every batch, as one program. */
interface Encoding {
  /** The model up to its activations, their statistics, and the lists of every source. */
  readonly program: Program;
  readonly stream: Tensor | null;
  readonly measured: MeasuredActivations;
  /** In the order of the totals. */
  readonly sources: readonly Source[];
}

/** The programs of a pass, and what is done with a batch: `encode`, `bring`, `add`. */
export class BatchPass {
  readonly batches: ContextBatches;
  readonly #gpu: Gpu;
  readonly #model: AnalysedModel;
  readonly #totals: Totals;
  readonly #context: number;
  readonly #encoding: Encoding;
  readonly #splices: SpliceMeter;

  private constructor(
    gpu: Gpu,
    model: AnalysedModel,
    totals: Totals,
    batches: ContextBatches,
    encoding: Encoding,
    splices: SpliceMeter,
  ) {
    this.#gpu = gpu;
    this.#model = model;
    this.#totals = totals;
    this.batches = batches;
    this.#context = batches.tensors.context;
    this.#encoding = encoding;
    this.#splices = splices;
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
    const batches = new ContextBatches(gpu, contexts, perBatch);
    const { p, values, tokens } = modelProgram(gpu, `entries of ${letter}`, model, batches.tensors);
    const at = forwardTo(p, values, tokens, config, site);
    const x = at.activations;
    const stream = at.stream === null ? null : p.output(at.stream);
    const measured = new MeasuredActivations(p, x);
    const sources = totals.all.map((collector): Source => {
      const loaded = dictionaries.get(collector.id);
      const listed =
        loaded === undefined
          ? ListedEntries.ofNeurons(p, collector.id, x)
          : ListedEntries.ofDictionary(p, collector.id, x, loaded.dictionary);
      return { listed, collector };
    });
    const activations = p.output(x);
    const encoding: Encoding = { program: await p.build(), stream, measured, sources };
    const reconstructions = new Map(
      sources
        .filter(({ collector }) => collector !== totals.neurons)
        .map(({ listed, collector }) => [collector.id, listed.reconstruction]),
    );
    const inputs = { stream, activations, reconstructions };
    const splices = await SpliceMeter.build(gpu, model, inputs, contexts, lossTokens);
    if (totals.splices !== null) splices.restore(totals.splices);
    return new BatchPass(gpu, model, totals, batches, encoding, splices);
  }

  /** Runs the model on a batch, encodes it and compares losses; what was there of the one before has been brought back. */
  async encode(batch: Batch): Promise<Encoded> {
    const { program, measured, sources } = this.#encoding;
    const tokens = this.batches.load(batch);
    measured.count(batch.contexts * this.#context);
    await program.run({ first: 0 });
    const reading = measured.read(sources.map(({ listed }) => listed.offsets));
    // The device compares losses while the host learns where the entries begin.
    const splices = this.#splices.measure(batch, tokens);
    splices.catch(() => null);
    const { statistics, others } = await reading;
    return { batch, tokens, statistics, starts: others, splices };
  }

  /** Brings back what is active, and adds the losses. */
  async bring({ batch, tokens, statistics, starts, splices }: Encoded): Promise<Brought> {
    const { sources } = this.#encoding;
    const rows = batch.contexts * this.#context;
    const entries: BroughtEntries[] = [];
    const bring = async (s: number): Promise<void> => {
      entries[s] = await sources[s]!.listed.bringBack(starts[s]!, rows, batch.first * this.#context);
    };
    const fits = (s: number) => sources[s]!.listed.fits(starts[s]!, rows);
    const all = [...sources.keys()];
    const crowded = all.filter((s) => !fits(s));
    let [found] = await Promise.all([splices, ...all.filter(fits).map(bring)]);
    for (const s of crowded) await bring(s);
    // Rows that had no room were not reconstructed as losses were compared.
    if (crowded.length > 0) found = await this.#splices.measure(batch, tokens);
    this.#splices.add(found);
    return { batch, tokens, statistics, starts, entries, splices: this.#splices.state() };
  }

  /** Adds it to the totals, which takes the host alone. */
  add({ batch, statistics, entries }: Brought): void {
    this.#totals.activations.add(statistics, batch.contexts * this.#context);
    for (const [s, { collector }] of this.#encoding.sources.entries()) {
      const { pieces, squares } = entries[s]!;
      for (const piece of pieces) collector.add(piece);
      if (squares !== null) collector.addReconstruction(reconstructionSums(squares, statistics));
    }
    this.#totals.contexts = batch.first + batch.contexts;
  }

  /** Compares losses with the mean of the activations in their place, which is known once all are added. */
  async finish(): Promise<SplicedLosses> {
    const { stream } = this.#encoding;
    const restream = stream === null ? null : await this.#streamProgram(stream);
    const contexts = this.batches.rows / this.#context;
    const losses = await this.#splices.finish(this.#totals.activations.mean(), contexts, async (places) => {
      const tokens = this.batches.loadPlaces(places);
      await restream?.run();
      return tokens;
    });
    restream?.destroy();
    return losses;
  }

  destroy(): void {
    this.#splices.destroy();
    for (const { listed } of this.#encoding.sources) listed.destroy();
    this.#encoding.measured.destroy();
    this.#encoding.program.destroy();
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
