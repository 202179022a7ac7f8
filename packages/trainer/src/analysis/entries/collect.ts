import { layernorm, readTensors, type Gpu } from '@monosema/engine';
import type { LoadedDictionary } from '../../dictionary/dictionary-folder.ts';
import { siteWidth } from '../../model/sites.ts';
import { forwardFrom, forwardTo } from '../../model/transformer.ts';
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
  /** Mean over tokens of 1/σ of the final LayerNorm. */
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
  const { activations, inverseDeviations, losses } = totals;
  return {
    activations,
    meanInverseDeviation: inverseDeviations / activations.tokens,
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
  const residual = forwardFrom(p, at, values, tokens, config, site);
  const norm = { gain: values.get('transformer.ln_f.weight')!, bias: values.get('transformer.ln_f.bias')! };
  const { saved } = layernorm.forward(p, { x: residual, ...norm }, { epsilon: config.layerNormEpsilon });
  const x = p.output(at.activations);
  const stream = at.stream === null ? null : p.output(at.stream);
  const statistics = p.output(saved.statistics);
  const lastStream = residual === at.activations ? x : p.output(residual);
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
    { stream, residual: lastStream, reconstructions: reconstructed },
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
    const [dense, meansAndDeviations, ...starts] = await readTensors(gpu, [
      x,
      statistics,
      ...encoders.map(({ program }) => program.offsets),
    ]);
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
    for (let row = 0; row < rows; row++) totals.inverseDeviations += meansAndDeviations[2 * row + 1]!;
    const squares = rowSquares(dense, width, rows);
    const back = (await coming).slice(0, encoders.length) as Float32Array[];
    for (const [e, ofRows] of back.entries())
      encoders[e]!.collector.addReconstruction(reconstructionSums(ofRows, squares));
    totals.contexts = batch.first + batch.contexts;
    if (kept.due) await totals.save(kept, splices.state());
    watch(first + rows);
  }
  const losses = await splices.finish(activations.mean(), batches.rows / contexts.length, async (places) => {
    const again = batches.loadPlaces(places);
    await forward.run();
    return again;
  });
  splices.destroy();
  for (const { program } of encoders) program.destroy();
  forward.destroy();
  batches.destroy();
  return losses;
}
