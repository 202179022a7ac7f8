import { join } from 'node:path';
import { CONTROL } from '../../config/control.ts';
import type { LoadedDictionary } from '../../dictionary/dictionary-folder.ts';
import { siteWidth } from '../../model/sites.ts';
import { hasNeurons, type AnalysedModel } from '../analysed-model.ts';
import type { SplicedLosses, SpliceState } from '../effects/losses.ts';
import type { FeatureSource } from '../feature-source.ts';
import { fill, type Arrays, type KeptParts } from '../kept-parts.ts';
import { ActivationSums } from './activation-statistics.ts';
import { entriesFault, EntryWriter, type Rows, type Segments } from './entry-file.ts';
import { FeatureSums } from './feature-sums.ts';
import { NO_ROWS, type ReconstructionSums } from './reconstruction-sums.ts';

/** What is kept of a pass beside its arrays. */
interface KeptTotals {
  readonly contexts: number;
  readonly splices: SpliceState | null;
  readonly losses: KeptLosses | null;
  /** In the order of the collectors. */
  readonly collectors: readonly {
    readonly reconstruction: ReconstructionSums;
    readonly segments: Segments;
  }[];
}

type KeptLosses = Omit<SplicedLosses, 'reconstructed' | 'divergence'> & {
  readonly reconstructed: readonly (readonly [string, number])[];
  readonly divergence: readonly (readonly [string, number])[];
};

/** What a pass of a model over the evaluation text has added up so far, and may go on adding to after an interruption. */
export class Totals {
  readonly activations: ActivationSums;
  /** Null where the activations are not those of neurons, or a control's. */
  readonly neurons: Collector | null;
  /** Of the dictionaries, in the order given. */
  readonly collectors: readonly Collector[];
  /** Contexts that were added. */
  contexts = 0;
  /** What the comparison of losses had added up when this was kept; null at the beginning and at the end. */
  splices: SpliceState | null = null;
  /** Null until all is added. */
  losses: SplicedLosses | null = null;
  readonly #letter: string;

  private constructor(
    model: AnalysedModel,
    dictionaries: ReadonlyMap<string, LoadedDictionary>,
    folder: string,
    kept: KeptTotals | null,
  ) {
    const { config, letter, site } = model;
    const width = siteWidth(config, site);
    this.#letter = letter;
    this.activations = new ActivationSums(width);
    let place = 0;
    const collector = (id: string, features: number): Collector =>
      new Collector(id, features, folder, kept?.collectors[place++] ?? null);
    this.neurons = hasNeurons(model) ? collector(`${letter}/neurons`, width) : null;
    this.collectors = [...dictionaries].map(([id, { dictionary }]) => collector(id, dictionary.features));
  }

  /** Those that an earlier attempt kept, or else empty ones. */
  static open(
    model: AnalysedModel,
    dictionaries: ReadonlyMap<string, LoadedDictionary>,
    contextLength: number,
    kept: KeptParts,
  ): Totals {
    const name = nameOf(model.letter);
    const part = kept.load<KeptTotals>(name);
    if (part === null) return new Totals(model, dictionaries, kept.folder, null);
    const ids = [
      ...(part.value.collectors.length > dictionaries.size ? [`${model.letter}/neurons`] : []),
      ...dictionaries.keys(),
    ];
    for (const [i, id] of ids.entries()) {
      const fault = entriesFault(pathOf(kept.folder, id), part.value.collectors[i]!.segments);
      if (fault === null) continue;
      kept.refuse(name, `the activations of ${id} as they were written, got damaged files (${fault})`);
      return new Totals(model, dictionaries, kept.folder, null);
    }
    const totals = new Totals(model, dictionaries, kept.folder, part.value);
    const { contexts, splices, losses } = part.value;
    fill(totals.#arrays(), part.arrays);
    totals.contexts = contexts;
    totals.activations.tokens = contexts * contextLength;
    for (const { sums } of totals.all) sums.tokens = contexts * contextLength;
    totals.splices = splices;
    if (losses !== null)
      totals.losses = {
        ...losses,
        reconstructed: new Map(losses.reconstructed),
        divergence: new Map(losses.divergence),
      };
    return totals;
  }

  /** Keeps everything. @param splices where the comparison of losses stands; null when it is done */
  async save(kept: KeptParts, splices: SpliceState | null): Promise<void> {
    const { losses } = this;
    const value: KeptTotals = {
      contexts: this.contexts,
      splices,
      losses: losses && {
        ...losses,
        reconstructed: [...losses.reconstructed],
        divergence: [...losses.divergence],
      },
      collectors: this.all.map(({ reconstruction, writer }) => ({
        reconstruction,
        segments: writer.seal(),
      })),
    };
    await kept.save(nameOf(this.#letter), value, this.#arrays());
  }

  /** Has the disk take all entries, while others go on. */
  async flushed(): Promise<void> {
    await Promise.all(this.all.map(({ writer }) => writer.flushed()));
  }

  /** In the order of `all`; their files are closed for writing. */
  sources(): FeatureSource[] {
    return this.all.map((collector): FeatureSource => {
      const { id, sums, writer, reconstruction } = collector;
      const kind =
        collector === this.neurons ? 'neurons' : this.#letter === CONTROL ? 'control' : 'dictionary';
      return {
        id,
        model: this.#letter,
        kind,
        features: sums.active.length,
        entries: writer.finish(),
        sums,
        reconstruction: kind === 'neurons' ? null : reconstruction,
      };
    });
  }

  /** The neurons first, where there are any, then the dictionaries. */
  get all(): readonly Collector[] {
    return [...(this.neurons === null ? [] : [this.neurons]), ...this.collectors];
  }

  #arrays(): Arrays {
    const { sum, squares } = this.activations;
    const arrays: Record<string, Float64Array> = { sum, squares };
    for (const { id, sums } of this.all) {
      for (const name of ['active', 'sum', 'sumOfSquares', 'max'] as const)
        arrays[`${id} ${name}`] = sums[name];
    }
    return arrays;
  }
}

const nameOf = (letter: string): string => `activations of ${letter}`;

function pathOf(folder: string, id: string): string {
  return join(folder, id.replace('/', '-'));
}

/** Takes the entries of one dictionary as they come. */
export class Collector {
  readonly id: string;
  readonly sums: FeatureSums;
  readonly writer: EntryWriter;
  readonly reconstruction: { -readonly [Name in keyof ReconstructionSums]: number } = { ...NO_ROWS };

  constructor(id: string, features: number, folder: string, kept: KeptTotals['collectors'][number] | null) {
    this.id = id;
    this.sums = new FeatureSums(features);
    this.writer = new EntryWriter(pathOf(folder, id), kept?.segments ?? null);
    if (kept !== null) Object.assign(this.reconstruction, kept.reconstruction);
  }

  addReconstruction(sums: ReconstructionSums): void {
    for (const [name, value] of Object.entries(sums) as [keyof ReconstructionSums, number][])
      this.reconstruction[name] += value;
  }

  add(rows: Rows): void {
    this.sums.add(rows);
    this.writer.append(rows);
  }
}
