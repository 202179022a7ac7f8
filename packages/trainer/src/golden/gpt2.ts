import { ACTIVATIONS, adamScalars, readTensor, type Activation, type Gpu } from '@monosema/engine';
import type { SafetensorsFile } from '../artefacts/safetensors.ts';
import { parameterShapes, type TransformerConfig } from '../model/parameters.ts';
import { buildTrainingProgram, setBatch, uploadParameters } from '../model/training-program.ts';
import { compareTensor, compareValues, type GoldenError } from './compare.ts';
import { checkShape, extentOf, GoldenFileError, GoldenMetadata } from './metadata.ts';

/** Runs a transformer's training steps and compares forward values, gradients, losses and parameters. */
export async function runGpt2Golden(gpu: Gpu, file: SafetensorsFile): Promise<GoldenError[]> {
  const metadata = new GoldenMetadata(file);
  const config = transformerConfig(file, metadata);
  const steps = metadata.number('steps', extentOf(file, 'tokens', 0));
  const sequences = metadata.number('batch', extentOf(file, 'tokens', 1));
  checkShape(file, 'tokens', [steps, sequences, config.context + 1]);
  const adam = metadata.adam();
  const parameters = uploadParameters(gpu, config, (name) => file.readFloat32(`params.${name}`));
  const step = await buildTrainingProgram(gpu, config, parameters, sequences, { ...adam, keep: true });
  const errors: GoldenError[] = [];
  const losses: number[] = [];
  const perStep = sequences * (config.context + 1);
  for (let i = 0; i < steps; i++) {
    setBatch(gpu, step.batch, readTokens(file, i * perStep, perStep, config.vocabulary));
    await step.program.run(adamScalars(adam, i + 1, adam.learningRate));
    losses.push((await readTensor(gpu, step.loss))[0]!);
    if (i > 0) continue;
    errors.push(await compareTensor(gpu, file, 'logits', step.logits!));
    if (file.tensors.has('mlp_activations'))
      errors.push(await compareTensor(gpu, file, 'mlp_activations', step.activations!));
    for (const [name, gradient] of step.gradients)
      errors.push(await compareTensor(gpu, file, `grads.${name}`, gradient));
  }
  errors.push(compareValues(file, 'losses', losses));
  for (const [name, tensor] of parameters)
    errors.push(await compareTensor(gpu, file, `after.${name}`, tensor));
  step.program.destroy();
  return errors;
}

function readTokens(file: SafetensorsFile, start: number, count: number, vocabulary: number): Uint32Array {
  return Uint32Array.from(file.read('tokens', start, count) as ArrayLike<number | bigint>, (value) => {
    const token = Number(value);
    if (Number.isInteger(token) && token >= 0 && token < vocabulary) return token;
    throw new GoldenFileError(
      `${file.path}: expected tokens from 0 to ${vocabulary - 1} as vocab_size says, got ${token}`,
    );
  });
}

/** What the metadata leaves out follows from the tensors, except for the heads and the activation. */
function transformerConfig(file: SafetensorsFile, metadata: GoldenMetadata): TransformerConfig {
  const activation = metadata.text('activation');
  if (!(ACTIVATIONS as readonly string[]).includes(activation)) {
    throw new GoldenFileError(
      `${file.path}: expected an activation of ${ACTIVATIONS.join(', ')}, got "${activation}"`,
    );
  }
  const extent = (tensor: string, dimension: number): number =>
    extentOf(file, `params.transformer.${tensor}.weight`, dimension);
  const config: TransformerConfig = {
    layers: metadata.number('n_layer', layersOf(file)),
    dModel: metadata.number('n_embd', extent('wte', 1)),
    heads: metadata.number('n_head'),
    dMlp: metadata.number('n_inner', extent('h.0.mlp.c_fc', 1)),
    context: metadata.number('n_positions', extent('wpe', 0)),
    vocabulary: metadata.number('vocab_size', extent('wte', 0)),
    activation: activation as Activation,
    layerNormEpsilon: metadata.number('layer_norm_epsilon', 1e-5),
    tied: metadata.flag('tie_word_embeddings', !file.tensors.has('params.lm_head.weight')),
  };
  if (config.dModel % config.heads !== 0) {
    throw new GoldenFileError(
      `${file.path}: expected an n_head that divides n_embd ${config.dModel}, got ${config.heads}`,
    );
  }
  for (const [name, shape] of parameterShapes(config)) checkShape(file, `params.${name}`, shape);
  return config;
}

function layersOf(file: SafetensorsFile): number {
  let layers = 0;
  while (file.tensors.has(`params.transformer.h.${layers}.ln_1.weight`)) layers += 1;
  return layers;
}
