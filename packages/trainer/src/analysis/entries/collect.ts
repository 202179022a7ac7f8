import { copy, readTensors, type Gpu, type Program, type Tensor } from '@monosema/engine';
import type { LoadedDictionary } from '../../dictionary/dictionary-folder.ts';
import { siteWidth } from '../../model/sites.ts';
import { forwardTo } from '../../model/transformer.ts';
import { ContextBatches, contextsPerBatch, modelProgram, type AnalysedModel } from '../analysed-model.ts';
import { SpliceMeter, type SplicedLosses } from '../effects/losses.ts';
import type { FeatureSource } from '../feature-source.ts';
import { PositiveEntries } from './dense-rows.ts';
import type { KeptParts } from '../kept-parts.ts';
import { EncodeProgram, reconstructionSums } from './encode-program.ts';
import { rowSquares } from './row-squares.ts';
import { Totals, type Collector } from './totals.ts';
import type { VectorSums } from '../../dictionary/explained-variance.ts';
import type { SpacedContexts } from '../../tokens/spaced-contexts.ts';

/** What one pass of a model over the evaluation tokens finds. */
export interface Collected {
  /** Of the activations that are taken apart. */
  readonly activations: VectorSums;
  /** Mean of 1/σ of the final LayerNorm, over the tokens that losses are compared on. */
  readonly meanInverseDeviation: number;
  readonly losses: SplicedLosses;
  /** The neurons first, where the site has any and the model is no control, then the dictionaries in the order given. */
  readonly sources: FeatureSource[];
}

/**
 * Runs a model over the evaluation text, encodes its activations by every dictionary, puts the active entries on
 * disk, and compares losses on some of the contexts on the way. What an earlier attempt kept is not done again.
 *
 * @param kept where the entry files are as well
 * @param dictionaries by id
 * @param watch called after every batch with the tokens done; throws to stop
 */
export async function collect(
  gpu: Gpu,
  model: AnalysedModel,
  dictionaries: ReadonlyMap<string, LoadedDictionary>,
  contexts: SpacedContexts,
  lossTokens: number,
  kept: KeptParts,
  watch: (tokens: number) => void,
): Promise<Collected> {
  const totals = Totals.open(model, dictionaries, contexts.length, kept);
  if (totals.losses === null) {
    totals.losses = await pass(gpu, model, dictionaries, contexts, lossTokens, totals, kept, watch);
    await totals.save(kept, null);
  }
  const { activations, losses } = totals;
  return {
    activations,
    meanInverseDeviation: losses.inverseDeviation,
    losses,
    sources: totals.sources(),
  };
}

/** Adds the contexts that the totals do not have yet. */
async function pass(
  gpu: Gpu,
  model: AnalysedModel,
  dictionaries: ReadonlyMap<string, LoadedDictionary>,
  contexts: SpacedContexts,
  lossTokens: number,
  totals: Totals,
  kept: KeptParts,
  watch: (tokens: number) => void,
): Promise<SplicedLosses> {
  const { config, letter, site } = model;
  const width = siteWidth(config, site);
  const widest = Math.max(width, ...[...dictionaries.values()].map(({ dictionary }) => dictionary.features));
  const batches = new ContextBatches(
    gpu,
    contexts,
    config.vocabulary,
    contextsPerBatch(contexts.length, widest),
  );
  const { p, values, tokens } = modelProgram(gpu, `activations ${letter}`, model, batches.tensors);
  const at = forwardTo(p, values, tokens, config, site);
  const x = p.output(at.activations);
  const stream = at.stream === null ? null : p.output(at.stream);
  const forward = await p.build();

  const { activations, neurons, collectors } = totals;
  const encoders: { program: EncodeProgram; collector: Collector }[] = [];
  for (const collector of collectors) {
    const { dictionary } = dictionaries.get(collector.id)!;
    encoders.push({ program: await EncodeProgram.build(gpu, collector.id, dictionary, x), collector });
  }
  const reconstructed = new Map(
    encoders.map(({ program, collector }) => [collector.id, program.reconstruction]),
  );
  const splices = await SpliceMeter.build(
    gpu,
    model,
    { stream, activations: x, reconstructions: reconstructed },
    contexts,
    lossTokens,
  );
  if (totals.splices !== null) splices.restore(totals.splices);
  const positive = new PositiveEntries(width, batches.rows);
  for (const batch of batches) {
    if (batch.first < totals.contexts) continue;
    const batchTokens = batches.load(batch);
    const rows = batch.contexts * contexts.length;
    const first = batch.first * contexts.length;
    await forward.run();
    for (const { program } of encoders) await program.encode();
    const [dense, ...starts] = await readTensors(gpu, [x, ...encoders.map(({ program }) => program.offsets)]);
    for (const [e, { program }] of encoders.entries()) await program.complete(starts[e] as Uint32Array, rows);
    // Trips to the device, and what is done here meanwhile.
    const coming = Promise.all([
      ...encoders.map(({ program, collector }, e) =>
        program.bringBack(starts[e] as Uint32Array, rows, first, (found) => collector.add(found)),
      ),
      splices.add(batch, batchTokens),
    ]);
    activations.add(dense, rows);
    neurons?.add(positive.of(dense, rows, first));
    const squares = rowSquares(dense, width, rows);
    const back = (await coming).slice(0, encoders.length) as Float32Array[];
    for (const [e, ofRows] of back.entries())
      encoders[e]!.collector.addReconstruction(reconstructionSums(ofRows, squares));
    totals.contexts = batch.first + batch.contexts;
    if (kept.due) await totals.save(kept, splices.state());
    watch(first + rows);
  }
  const restream = stream === null ? null : await streamProgram(gpu, model, batches, stream);
  const losses = await splices.finish(activations.mean(), batches.rows / contexts.length, async (places) => {
    const again = batches.loadPlaces(places);
    await restream?.run();
    return again;
  });
  restream?.destroy();
  splices.destroy();
  for (const { program } of encoders) program.destroy();
  forward.destroy();
  batches.destroy();
  return losses;
}

/** Computes the stream that passes by the activations, and not these. */
async function streamProgram(
  gpu: Gpu,
  model: AnalysedModel,
  batches: ContextBatches,
  stream: Tensor,
): Promise<Program> {
  const { p, values, tokens } = modelProgram(gpu, `stream ${model.letter}`, model, batches.tensors);
  const site = { name: 'residual-mid', layer: model.site.layer } as const;
  copy(p, forwardTo(p, values, tokens, model.config, site).activations, p.persistent(stream));
  return p.build();
}
