import { createTensor, matmul, ProgramBuilder, readTensor, type Gpu, type Tensor } from '@monosema/engine';
import type { AnalysedModel } from '../analysed-model.ts';

/**
 * What the final LayerNorm and the unembedding are but for the norm's scale: logits = ρ · (x · weightsᵀ) + bias, with
 * ρ = 1/sqrt(var(x) + ε). The norm's gain and its removal of the mean are folded into the weights. Logits are relative
 * to their mean over the vocabulary, on which no prediction depends.
 */
export interface FinalMap {
  /** (V,D) */
  readonly weights: Tensor;
  /** (V) */
  readonly bias: Tensor;
}

/** Folds a model's final LayerNorm into its unembedding, in float64. */
export async function finalMap(gpu: Gpu, { config, parameters }: AnalysedModel): Promise<FinalMap> {
  const { dModel: D, vocabulary: V } = config;
  const read = (name: string) => readTensor(gpu, parameters.get(name)!);
  const unembedding = await read(config.tied ? 'transformer.wte.weight' : 'lm_head.weight');
  const gain = await read('transformer.ln_f.weight');
  const shift = await read('transformer.ln_f.bias');
  const weights = new Float32Array(V * D);
  const bias = new Float32Array(V);
  // Means over the vocabulary: of each column of the unembedding, and of what is taken from each row.
  const columns = new Float64Array(D);
  const rowMeans = new Float64Array(V);
  let [meanOfRows, meanBias] = [0, 0];
  for (let v = 0; v < V; v++) {
    let offset = 0;
    for (let d = 0; d < D; d++) {
      const entry = unembedding[v * D + d]!;
      columns[d]! += entry / V;
      rowMeans[v]! += (entry * gain[d]!) / D;
      offset += entry * shift[d]!;
    }
    bias[v] = offset;
    meanOfRows += rowMeans[v]! / V;
    meanBias += offset / V;
  }
  for (let v = 0; v < V; v++) {
    for (let d = 0; d < D; d++)
      weights[v * D + d] = (unembedding[v * D + d]! - columns[d]!) * gain[d]! - (rowMeans[v]! - meanOfRows);
    bias[v] = bias[v]! - meanBias;
  }
  return {
    weights: createTensor(gpu, 'final weights', [V, D], weights),
    bias: createTensor(gpu, 'final bias', [V], bias),
  };
}

/**
 * What each feature writes to the residual stream when its activation is 1, the mean of each row taken out, as the
 * final LayerNorm would: (F,D) decoder · W_out at MLP activations, and the decoder itself where activations are as wide
 * as the stream.
 *
 * @param decoder (F,A), or null for neurons, whose directions are the rows of W_out
 */
export async function streamDirections(
  gpu: Gpu,
  model: AnalysedModel,
  decoder: Tensor | null,
): Promise<Float32Array> {
  const output = model.parameters.get(`transformer.h.${model.site.layer}.mlp.c_proj.weight`)!;
  let directions: Float32Array;
  if (decoder === null) {
    directions = await readTensor(gpu, output);
  } else if (model.site.name !== 'mlp-activations') {
    directions = await readTensor(gpu, decoder);
  } else {
    const p = new ProgramBuilder(gpu, 'stream directions');
    const product = p.output(
      matmul(p, p.persistent(decoder), p.persistent(output), { label: 'decoder · W_out' }),
    );
    const program = await p.build();
    await program.run();
    directions = await readTensor(gpu, product);
    program.destroy();
  }
  const D = model.config.dModel;
  for (let start = 0; start < directions.length; start += D) {
    const row = directions.subarray(start, start + D);
    const mean = row.reduce((sum, value) => sum + value, 0) / D;
    for (let d = 0; d < D; d++) row[d]! -= mean;
  }
  return directions;
}
