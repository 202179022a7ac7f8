import { adamScalars, createTensor, readTensor, writeTensor, type Gpu } from '@monosema/engine';
import type { SafetensorsFile } from '../artefacts/safetensors.ts';
import { transposeMatrix, uploadDictionary, type DictionaryParameters } from '../dictionary/dictionary.ts';
import { buildStepProgram, createDictionaryMoments, type Architecture } from '../dictionary/step-program.ts';
import { compareValues, type GoldenError } from './compare.ts';
import { checkShape, extentOf, GoldenFileError, GoldenMetadata } from './metadata.ts';

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
  // What the metadata leaves out follows from the tensors.
  const width = metadata.number('d_in', extentOf(file, 'params.W_enc', 0));
  const features = metadata.number('d_sae', extentOf(file, 'params.W_enc', 1));
  const steps = metadata.number('steps', extentOf(file, 'x', 0));
  const rows = metadata.number('batch', extentOf(file, 'x', 1));
  const adam = metadata.adam();
  const hasThreshold = architecture.kind === 'jumprelu';
  checkShapes(file, width, features, hasThreshold);
  checkShape(file, 'x', [steps, rows, width]);
  const dictionary = upload(gpu, file, width, features, hasThreshold);
  const batch = createTensor(gpu, 'x', [rows, width]);
  const step = await buildStepProgram(gpu, dictionary, createDictionaryMoments(gpu, dictionary), batch, {
    ...adam,
    architecture,
    path,
    keep: true,
  });
  const penalty = penaltyOf(metadata, architecture);

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
    if (architecture.kind === 'jumprelu')
      errors.push(compareValues(file, 'grads.threshold', await kept('threshold')));
  }
  errors.push(compareValues(file, 'losses', losses));
  errors.push(
    compareValues(
      file,
      'after.W_enc',
      transposeMatrix(await readTensor(gpu, dictionary.encoder), features, width),
    ),
  );
  errors.push(compareValues(file, 'after.b_enc', await readTensor(gpu, dictionary.vectors.encoderBias!)));
  errors.push(compareValues(file, 'after.W_dec', await readTensor(gpu, dictionary.decoder)));
  errors.push(compareValues(file, 'after.b_dec', await readTensor(gpu, dictionary.decoderBias)));
  const { threshold } = dictionary.vectors;
  if (threshold !== undefined)
    errors.push(compareValues(file, 'after.threshold', await readTensor(gpu, threshold)));
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
      throw new GoldenFileError(
        `${file.path}: expected a kind of ${SAE_KINDS.join(', ')}, got "${metadata.text('kind')}"`,
      );
  }
}

function penaltyOf(metadata: GoldenMetadata, { kind }: Architecture): number {
  if (kind === 'standard') return metadata.number('l1_coefficient', 0);
  return kind === 'jumprelu' ? metadata.number('l0_coefficient', 0) : 0;
}

function checkShapes(file: SafetensorsFile, width: number, features: number, hasThreshold: boolean): void {
  checkShape(file, 'params.W_enc', [width, features]);
  checkShape(file, 'params.b_enc', [features]);
  checkShape(file, 'params.W_dec', [features, width]);
  checkShape(file, 'params.b_dec', [width]);
  if (hasThreshold) checkShape(file, 'params.threshold', [features]);
}

function upload(
  gpu: Gpu,
  file: SafetensorsFile,
  width: number,
  features: number,
  hasThreshold: boolean,
): DictionaryParameters {
  const encoderBias = file.readFloat32('params.b_enc');
  return uploadDictionary(
    gpu,
    'golden',
    { width, features, preEncoderBias: true },
    {
      encoder: transposeMatrix(file.readFloat32('params.W_enc'), width, features),
      decoder: file.readFloat32('params.W_dec'),
      decoderBias: file.readFloat32('params.b_dec'),
      vectors: hasThreshold
        ? { encoderBias, threshold: file.readFloat32('params.threshold') }
        : { encoderBias },
    },
  );
}
