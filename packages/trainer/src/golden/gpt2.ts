import { ACTIVATIONS, adamScalars, readTensor, type Activation, type Gpu } from '@monosema/engine';
import type { SafetensorsFile } from '../artefacts/safetensors.ts';
import { parameterShapes, type TransformerConfig } from '../model/parameters.ts';
import { buildTrainingProgram, setBatch, uploadParameters } from '../model/training-program.ts';
import { compareTensor, compareValues, type GoldenError } from './compare.ts';
import { GoldenFileError, GoldenMetadata } from './metadata.ts';

/** Runs a transformer's training steps and compares forward values, gradients, losses and parameters. */
export async function runGpt2Golden(gpu: Gpu, file: SafetensorsFile): Promise<GoldenError[]> {
  const metadata = new GoldenMetadata(file);
  const config = transformerConfig(file, metadata);
  const sequences = metadata.number('batch');
  const steps = metadata.number('steps');
  const adam = metadata.adam();
  const parameters = uploadParameters(gpu, config, (name) => file.readFloat32(`params.${name}`));
  const step = await buildTrainingProgram(gpu, config, parameters, sequences, { ...adam, keep: true });
  const errors: GoldenError[] = [];
  const losses: number[] = [];
  const perStep = sequences * (config.context + 1);
  for (let i = 0; i < steps; i++) {
    setBatch(gpu, step.batch, Uint32Array.from(file.read('tokens', i * perStep, perStep), Number));
    await step.program.run(adamScalars(adam, i + 1, adam.learningRate));
    losses.push((await readTensor(gpu, step.loss))[0]!);
    if (i > 0) continue;
    errors.push(await compareTensor(gpu, file, 'logits', step.logits!));
    if (file.tensors.has('mlp_activations')) errors.push(await compareTensor(gpu, file, 'mlp_activations', step.activations!));
    for (const [name, gradient] of step.gradients) errors.push(await compareTensor(gpu, file, `grads.${name}`, gradient));
  }
  errors.push(compareValues(file, 'losses', losses));
  for (const [name, tensor] of parameters) errors.push(await compareTensor(gpu, file, `after.${name}`, tensor));
  step.program.destroy();
  return errors;
}

function transformerConfig(file: SafetensorsFile, metadata: GoldenMetadata): TransformerConfig {
  const activation = metadata.text('activation');
  if (!(ACTIVATIONS as readonly string[]).includes(activation)) {
    throw new GoldenFileError(`${file.path}: expected an activation of ${ACTIVATIONS.join(', ')}, got "${activation}"`);
  }
  const config: TransformerConfig = {
    layers: metadata.number('n_layer'),
    dModel: metadata.number('n_embd'),
    heads: metadata.number('n_head'),
    dMlp: metadata.number('n_inner'),
    context: metadata.number('n_positions'),
    vocabulary: metadata.number('vocab_size'),
    activation: activation as Activation,
    layerNormEpsilon: metadata.number('layer_norm_epsilon'),
    tied: metadata.text('tie_word_embeddings').toLowerCase() === 'true',
  };
  for (const [name, shape] of parameterShapes(config)) {
    const found = file.info(`params.${name}`).shape;
    if (found.join() !== shape.join()) {
      throw new GoldenFileError(`${file.path}: expected params.${name} of shape (${shape.join()}), got (${found.join()})`);
    }
  }
  return config;
}
