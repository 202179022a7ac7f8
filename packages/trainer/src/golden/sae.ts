import { adamScalars, createTensor, readTensor, writeTensor, type Gpu } from '@monosema/engine';
import type { SafetensorsFile } from '../artefacts/safetensors.ts';
import { transposeMatrix, uploadDictionary, type Architecture, type Dictionary } from '../dictionary/dictionary.ts';
import { buildStepProgram, createDictionaryMoments } from '../dictionary/step-program.ts';
import { compareValues, type GoldenError } from './compare.ts';
import { GoldenFileError, GoldenMetadata } from './metadata.ts';

/** Kinds of dictionary a golden file may describe, as its metadata spells them. */
export const SAE_KINDS = ['sae-standard', 'sae-topk', 'sae-batchtopk', 'sae-jumprelu'] as const;

/**
 * Runs a dictionary's training steps and compares activations, reconstruction, L0, losses, gradients and
 * parameters; once by the sparse path and once by the dense one, keeping the larger error of each tensor.
 */
export async function runSaeGolden(gpu: Gpu, file: SafetensorsFile): Promise<GoldenError[]> {
  const sparse = await runPath(gpu, file, 'sparse');
  const dense = await runPath(gpu, file, 'dense');
  return sparse.map((entry, i) => (dense[i]!.error > entry.error ? dense[i]! : entry));
}

async function runPath(gpu: Gpu, file: SafetensorsFile, path: 'sparse' | 'dense'): Promise<GoldenError[]> {
  const metadata = new GoldenMetadata(file);
  const architecture = architectureOf(file, metadata);
  const [width, features, rows, steps] = ['d_in', 'd_sae', 'batch', 'steps'].map((key) => metadata.number(key)) as [number, number, number, number];
  const adam = metadata.adam();
  checkShapes(file, width, features);
  const dictionary = upload(gpu, file, width, features);
  const batch = createTensor(gpu, 'x', [rows, width]);
  const step = await buildStepProgram(gpu, dictionary, createDictionaryMoments(gpu, dictionary), batch, { ...adam, architecture, path, keep: true });
  const penalty = architecture.kind === 'jumprelu' ? metadata.number('l0_coefficient') : metadata.number('l1_coefficient', 0);

  const errors: GoldenError[] = [];
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    writeTensor(gpu, batch, file.readFloat32('x', i * rows * width, rows * width));
    await step.program.run({ ...adamScalars(adam, i + 1, adam.learningRate), penalty });
    const perRow = features / rows;
    const l0 = (await readTensor(gpu, step.meanActive))[0]! * perRow;
    const l1 = (await readTensor(gpu, step.meanSumF))[0]! * perRow;
    const sparsity = architecture.kind === 'standard' ? l1 : architecture.kind === 'jumprelu' ? l0 : 0;
    losses.push((await readTensor(gpu, step.reconstruction))[0]! + penalty * sparsity);
    if (i > 0) continue;
    const kept = async (name: string) => readTensor(gpu, step.kept[name]!);
    errors.push(compareValues(file, 'feature_acts', await kept('f')));
    errors.push(compareValues(file, 'reconstruction', await kept('reconstruction')));
    errors.push(compareValues(file, 'l0', [l0]));
    errors.push(compareValues(file, 'grads.W_enc', transposeMatrix(await kept('encoder'), features, width)));
    errors.push(compareValues(file, 'grads.b_enc', await kept('encoderBias')));
    errors.push(compareValues(file, 'grads.W_dec', await kept('decoder')));
    errors.push(compareValues(file, 'grads.b_dec', await kept('decoderBias')));
    if (architecture.kind === 'jumprelu') errors.push(compareValues(file, 'grads.threshold', await kept('threshold')));
  }
  errors.push(compareValues(file, 'losses', losses));
  errors.push(compareValues(file, 'after.W_enc', transposeMatrix(await readTensor(gpu, dictionary.encoder), features, width)));
  errors.push(compareValues(file, 'after.b_enc', await readTensor(gpu, dictionary.encoderBias)));
  errors.push(compareValues(file, 'after.W_dec', await readTensor(gpu, dictionary.decoder)));
  errors.push(compareValues(file, 'after.b_dec', await readTensor(gpu, dictionary.decoderBias)));
  if (dictionary.threshold !== null) errors.push(compareValues(file, 'after.threshold', await readTensor(gpu, dictionary.threshold)));
  step.program.destroy();
  return errors;
}

function architectureOf(file: SafetensorsFile, metadata: GoldenMetadata): Architecture {
  switch (metadata.text('kind')) {
    case 'sae-standard':
      return { kind: 'standard' };
    case 'sae-topk':
      return { kind: 'topk', k: metadata.number('k') };
    case 'sae-batchtopk':
      return { kind: 'batchtopk', k: metadata.number('k') };
    case 'sae-jumprelu':
      return { kind: 'jumprelu', bandwidth: metadata.number('bandwidth') };
    default:
      throw new GoldenFileError(`${file.path}: expected a kind of ${SAE_KINDS.join(', ')}, got "${metadata.text('kind')}"`);
  }
}

function checkShapes(file: SafetensorsFile, width: number, features: number): void {
  const shapes = { W_enc: [width, features], b_enc: [features], W_dec: [features, width], b_dec: [width] };
  for (const [name, shape] of Object.entries(shapes)) {
    const found = file.info(`params.${name}`).shape;
    if (found.join() !== shape.join()) {
      throw new GoldenFileError(`${file.path}: expected params.${name} of shape (${shape.join()}), got (${found.join()})`);
    }
  }
}

function upload(gpu: Gpu, file: SafetensorsFile, width: number, features: number): Dictionary {
  return uploadDictionary(gpu, 'golden', width, features, {
    encoder: transposeMatrix(file.readFloat32('params.W_enc'), width, features),
    encoderBias: file.readFloat32('params.b_enc'),
    decoder: file.readFloat32('params.W_dec'),
    decoderBias: file.readFloat32('params.b_dec'),
    threshold: file.tensors.has('params.threshold') ? file.readFloat32('params.threshold') : null,
  });
}
