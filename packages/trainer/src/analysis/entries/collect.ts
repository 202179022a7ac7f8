import type { Gpu } from '@monosema/engine';
import type { LoadedDictionary } from '../../dictionary/dictionary-folder.ts';
import type { AnalysedModel } from '../analysed-model.ts';
import type { SplicedLosses } from '../effects/losses.ts';
import type { ActivationSums } from './activation-statistics.ts';
import { BatchPass, type Brought } from './batch-pass.ts';
import type { FeatureSource } from '../feature-source.ts';
import type { KeptParts } from '../kept-parts.ts';
import { Totals } from './totals.ts';
import type { SpacedContexts } from '../../tokens/spaced-contexts.ts';

/** What one pass of a model over the evaluation tokens finds. */
export interface Collected {
  /** Of the activations that are taken apart. */
  readonly activations: ActivationSums;
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
  const programs = await BatchPass.build(gpu, model, dictionaries, contexts, lossTokens, totals);
  const add = async (brought: Brought): Promise<void> => {
    programs.add(brought);
    if (kept.due) await totals.save(kept, brought.splices);
    watch(totals.contexts * contexts.length);
  };
  let brought: Brought | null = null;
  for (const batch of programs.batches) {
    if (batch.first < totals.contexts) continue;
    // The device encodes a batch while the host adds up the one before.
    const encoded = programs.encode(batch);
    try {
      if (brought !== null) await add(brought);
    } catch (error) {
      await encoded.catch(() => null);
      throw error;
    }
    brought = await programs.bring(await encoded);
  }
  if (brought !== null) await add(brought);
  // The disk takes the last entries while the device compares once more.
  const [losses] = await Promise.all([programs.finish(), totals.flushed()]);
  programs.destroy();
  return losses;
}
