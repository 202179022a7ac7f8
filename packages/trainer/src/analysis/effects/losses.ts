import {
  activeMask,
  crossEntropy,
  readTensor,
  sparseMatmul,
  type Gpu,
  type Program,
  type ProgramBuilder,
  type Tensor,
  type Value,
} from '@monosema/engine';
import { createTensor, writeTensor } from '@monosema/engine';
import type { LoadedDictionary } from '../../dictionary/dictionary-folder.ts';
import { dictionaryValues, encode } from '../../dictionary/encode.ts';
import { forwardFrom, forwardTo, logits } from '../../model/transformer.ts';
import { ContextBatches, contextsPerBatch, modelProgram, type AnalysedModel } from '../analysed-model.ts';
import type { SpacedContexts } from '../text/spaced-contexts.ts';

/** Cross-entropies in nats a token, each a mean over the same tokens. */
export interface SplicedLosses {
  readonly original: number;
  /** With the activations of the layer set to zero, and to their mean. */
  readonly zeroAblated: number;
  readonly meanAblated: number;
  /** With the activations replaced by each dictionary's reconstruction, by id. */
  readonly reconstructed: ReadonlyMap<string, number>;
  readonly tokens: number;
}

/**
 * Runs a model over contexts again and again, each time with other values in the place of the
 * activations, and compares how well it predicts.
 *
 * @param mean (A) of the activations over the evaluation tokens
 * @param watch called after every batch with the contexts done; throws to stop
 */
export async function splicedLosses(
  gpu: Gpu,
  model: AnalysedModel,
  dictionaries: ReadonlyMap<string, LoadedDictionary>,
  mean: Float64Array,
  contexts: SpacedContexts,
  watch: (contexts: number) => void,
): Promise<SplicedLosses> {
  const widest = Math.max(
    model.config.vocabulary,
    ...[...dictionaries.values()].map(({ dictionary }) => dictionary.features),
  );
  const batches = new ContextBatches(
    gpu,
    contexts,
    model.config.vocabulary,
    contextsPerBatch(contexts.length, widest),
  );
  const { p, values, tokens } = modelProgram(gpu, `activations ${model.letter}`, model, batches.tensors);
  const site = forwardTo(p, values, tokens, model.config, model.layer);
  const kept = { residualMid: p.output(site.residualMid), activations: p.output(site.activations) };
  const forward = await p.build();

  const repeated = (label: string, row: Float64Array): Tensor => {
    const tensor = createTensor(gpu, label, [batches.rows, row.length]);
    for (let n = 0; n < batches.rows; n++) writeTensor(gpu, tensor, Float32Array.from(row), n * row.length);
    return tensor;
  };
  const zero = repeated(
    'zero activations',
    mean.map(() => 0),
  );
  const average = repeated('mean activations', mean);
  const replacements = new Map<string, (q: ProgramBuilder, x: Value) => Value>([
    ['original', (_q, x) => x],
    ['zero', (q) => q.persistent(zero)],
    ['mean', (q) => q.persistent(average)],
    ...[...dictionaries].map(([id, dictionary]) => [id, reconstruct(dictionary)] as const),
  ]);
  const spliced: { name: string; program: Program; loss: Tensor; sum: number }[] = [];
  for (const [name, replace] of replacements) {
    spliced.push({ name, ...(await buildSplice(gpu, model, batches, kept, name, replace)), sum: 0 });
  }
  for (const batch of batches) {
    batches.load(batch);
    await forward.run();
    for (const splice of spliced) {
      await splice.program.run();
      const losses = await readTensor(gpu, splice.loss, 0, batch.contexts * contexts.length);
      splice.sum = losses.reduce((sum, loss) => sum + loss, splice.sum);
    }
    watch(batch.first + batch.contexts);
  }
  for (const { program } of [{ program: forward }, ...spliced]) program.destroy();
  for (const tensor of [zero, average]) tensor.buffer.destroy();
  batches.destroy();
  const total = contexts.tokens;
  const means = new Map(spliced.map(({ name, sum }) => [name, sum / total]));
  return {
    original: means.get('original')!,
    zeroAblated: means.get('zero')!,
    meanAblated: means.get('mean')!,
    reconstructed: new Map([...dictionaries.keys()].map((id) => [id, means.get(id)!])),
    tokens: total,
  };
}

function reconstruct({ dictionary, architecture }: LoadedDictionary): (q: ProgramBuilder, x: Value) => Value {
  return (q, x) => {
    const values = dictionaryValues(q, dictionary);
    const { f } = encode(q, x, values, architecture);
    return sparseMatmul(q, f, activeMask(q, f), values.decoder, values.decoderBias, 'x̂');
  };
}

async function buildSplice(
  gpu: Gpu,
  model: AnalysedModel,
  batches: ContextBatches,
  kept: { readonly residualMid: Tensor; readonly activations: Tensor },
  name: string,
  replace: (q: ProgramBuilder, x: Value) => Value,
): Promise<{ program: Program; loss: Tensor }> {
  const { config, layer } = model;
  const { p, values, tokens, targets } = modelProgram(
    gpu,
    `losses ${model.letter} ${name}`,
    model,
    batches.tensors,
  );
  const activations = replace(p, p.persistent(kept.activations));
  const site = { residualMid: p.persistent(kept.residualMid), activations };
  const stream = forwardFrom(p, site, values, tokens, config, layer);
  const loss = p.output(p.apply(crossEntropy, { logits: logits(p, stream, values, config) }, { targets }));
  return { program: await p.build(), loss };
}

/**
 * Fraction of what the layer does for prediction that is kept when its activations are reconstructed:
 * (zeroAblated - reconstructed) / (zeroAblated - original), a ratio of means. 1 is perfect, 0 no better than
 * zero-ablation, and it can be negative. Null where zero-ablation does not raise the loss: there is nothing to recover.
 */
export function lossRecovered(losses: {
  readonly original: number;
  readonly zeroAblated: number;
  readonly reconstructed: number;
}): number | null {
  const range = losses.zeroAblated - losses.original;
  return range > 0 ? (losses.zeroAblated - losses.reconstructed) / range : null;
}
