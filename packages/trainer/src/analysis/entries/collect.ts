import { join } from 'node:path';
import { layernorm, readTensor, type Gpu } from '@monosema/engine';
import { CONTROL } from '../../config/control.ts';
import type { LoadedDictionary } from '../../dictionary/dictionary-folder.ts';
import { siteWidth } from '../../model/sites.ts';
import { forwardFrom, forwardTo } from '../../model/transformer.ts';
import { ContextBatches, contextsPerBatch, modelProgram, type AnalysedModel } from '../analysed-model.ts';
import { SpliceMeter, type SplicedLosses } from '../effects/losses.ts';
import type { FeatureSource } from '../feature-source.ts';
import { positiveEntries } from './dense-rows.ts';
import { EncodeProgram, type ReconstructionSums } from './encode-program.ts';
import { EntryWriter, type Rows } from './entry-file.ts';
import { VectorSums } from '../../dictionary/explained-variance.ts';
import { FeatureSums } from './feature-sums.ts';
import type { SpacedContexts } from '../text/spaced-contexts.ts';

/** What one pass of a model over the evaluation tokens finds. */
export interface Collected {
  /** Of the activations that are taken apart. */
  readonly activations: VectorSums;
  /** Mean over tokens of 1/σ of the final LayerNorm. */
  readonly meanInverseDeviation: number;
  readonly losses: SplicedLosses;
  /** The neurons first, where the site has any and the model is no control, then the dictionaries in the order given. */
  readonly sources: FeatureSource[];
}

/**
 * Runs a model over the evaluation text, encodes its activations by every dictionary, puts the active entries on
 * disk, and compares losses on some of the contexts on the way.
 *
 * @param folder of the entry files
 * @param dictionaries by id
 * @param watch called after every batch with the tokens done; throws to stop
 */
export async function collect(
  gpu: Gpu,
  model: AnalysedModel,
  dictionaries: ReadonlyMap<string, LoadedDictionary>,
  contexts: SpacedContexts,
  lossTokens: number,
  folder: string,
  watch: (tokens: number) => void,
): Promise<Collected> {
  const { config, letter, site } = model;
  const width = siteWidth(config, site);
  // The logits of the losses are as many rows.
  const widest = Math.max(
    width,
    config.vocabulary,
    ...[...dictionaries.values()].map(({ dictionary }) => dictionary.features),
  );
  const batches = new ContextBatches(
    gpu,
    contexts,
    config.vocabulary,
    contextsPerBatch(contexts.length, widest),
  );
  const { p, values, tokens } = modelProgram(gpu, `activations ${letter}`, model, batches.tensors);
  const at = forwardTo(p, values, tokens, config, site);
  const residual = forwardFrom(p, at, values, tokens, config, site);
  const norm = { gain: values.get('transformer.ln_f.weight')!, bias: values.get('transformer.ln_f.bias')! };
  const { saved } = layernorm.forward(p, { x: residual, ...norm }, { epsilon: config.layerNormEpsilon });
  const x = p.output(at.activations);
  const stream = at.stream === null ? null : p.output(at.stream);
  const statistics = p.output(saved.statistics);
  const forward = await p.build();

  const activations = new VectorSums(width);
  // Only the MLP's own activations are those of neurons. Those of the control are nobody's concern.
  const neurons =
    site.name === 'mlp-activations' && letter !== CONTROL
      ? new Collector(`${letter}/neurons`, width, folder)
      : null;
  const encoders: { program: EncodeProgram; collector: Collector }[] = [];
  for (const [id, { dictionary }] of dictionaries) {
    const collector = new Collector(id, dictionary.features, folder);
    encoders.push({ program: await EncodeProgram.build(gpu, id, dictionary, x), collector });
  }
  const reconstructions = new Map(
    encoders.map(({ program, collector }) => [collector.id, program.reconstruction]),
  );
  const splices = await SpliceMeter.build(
    gpu,
    model,
    { stream, activations: x, reconstructions },
    contexts,
    lossTokens,
  );
  let inverseDeviations = 0;
  for (const batch of batches) {
    const batchTokens = batches.load(batch);
    const rows = batch.contexts * contexts.length;
    const first = batch.first * contexts.length;
    await forward.run();
    const dense = await readTensor(gpu, x, 0, rows * width);
    activations.add(dense, rows);
    neurons?.add(positiveEntries(dense, width, rows, first));
    const meansAndDeviations = await readTensor(gpu, statistics, 0, 2 * rows);
    for (let row = 0; row < rows; row++) inverseDeviations += meansAndDeviations[2 * row + 1]!;
    for (const { program, collector } of encoders) {
      collector.addReconstruction(await program.run(rows, first, (entries) => collector.add(entries)));
    }
    await splices.add(batch, batchTokens);
    watch(first + rows);
  }
  const losses = await splices.finish(activations.mean());
  splices.destroy();
  for (const { program } of encoders) program.destroy();
  forward.destroy();
  batches.destroy();
  const source = (
    { id, sums, writer, reconstruction }: Collector,
    kind: FeatureSource['kind'],
  ): FeatureSource => ({
    id,
    model: letter,
    kind,
    features: sums.active.length,
    entries: writer.finish(),
    sums,
    reconstruction: kind === 'neurons' ? null : reconstruction,
  });
  return {
    activations,
    meanInverseDeviation: inverseDeviations / activations.tokens,
    losses,
    sources: [
      ...(neurons === null ? [] : [source(neurons, 'neurons')]),
      ...encoders.map(({ collector }) => source(collector, letter === CONTROL ? 'control' : 'dictionary')),
    ],
  };
}

/** Takes the entries of one dictionary as they come. */
class Collector {
  readonly id: string;
  readonly sums: FeatureSums;
  readonly writer: EntryWriter;
  readonly reconstruction = { squaredError: 0, cosine: 0, shrinkage: 0, cosineRows: 0, shrinkageRows: 0 };

  constructor(id: string, features: number, folder: string) {
    this.id = id;
    this.sums = new FeatureSums(features);
    this.writer = new EntryWriter(join(folder, id.replace('/', '-')));
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
