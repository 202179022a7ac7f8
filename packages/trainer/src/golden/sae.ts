import { adamScalars, createTensor, readTensor, writeTensor, type Gpu, type Tensor } from '@monosema/engine';
import type { SafetensorsFile } from '../artefacts/safetensors.ts';
import {
  transposeMatrix,
  uploadDictionary,
  type DictionaryParameters,
  type ParameterName,
} from '../dictionary/dictionary.ts';
import type { Architecture } from '../dictionary/architectures/architecture.ts';
import { batchtopk } from '../dictionary/architectures/batchtopk.ts';
import { jumprelu } from '../dictionary/architectures/jumprelu.ts';
import { paper } from '../dictionary/architectures/paper.ts';
import { topk } from '../dictionary/architectures/topk.ts';
import { buildStepProgram, createDictionaryMoments, stepScalars } from '../dictionary/step-program.ts';
import { compareValues, compareWith, type GoldenError } from './compare.ts';
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
  const hasThreshold = architecture.vectors.includes('threshold');
  checkShapes(file, width, features, hasThreshold);
  checkShape(file, 'x', [steps, rows, width]);
  const dictionary = upload(gpu, file, width, features, hasThreshold);
  const batch = createTensor(gpu, 'x', [rows, width]);
  const moments = createDictionaryMoments(gpu, dictionary);
  const state = architecture.keeps.includes('threshold')
    ? { threshold: createTensor(gpu, 'threshold', [1]) }
    : {};
  const options = {
    architecture,
    adam,
    path: architecture.dense ? path : 'sparse',
    state,
    keep: true,
  } as const;
  const step = await buildStepProgram(gpu, dictionary, moments, batch, options);
  const penalty = penaltyOf(metadata, architecture);
  const coefficients = architecture.coefficients(penalty);

  const errors: GoldenError[] = [];
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    writeTensor(gpu, batch, file.readFloat32('x', i * rows * width, rows * width));
    await step.program.run({
      ...adamScalars(adam, i + 1, adam.learningRate),
      ...stepScalars(architecture, { penalty, step: i + 1 }),
    });
    let loss = 0;
    for (const [name, { tensor, scale }] of Object.entries(step.terms))
      loss += (coefficients[name] ?? 0) * scale * (await readTensor(gpu, tensor))[0]!;
    losses.push(loss);
    if (i > 0) continue;
    const read = async (tensor: Tensor) => (await readTensor(gpu, tensor)) as Float32Array;
    errors.push(compareValues(file, 'feature_acts', await read(step.kept!.f)));
    errors.push(compareValues(file, 'reconstruction', await read(step.kept!.reconstruction)));
    errors.push(compareValues(file, 'l0', [(await read(step.l0.tensor))[0]! * step.l0.scale]));
    const gradient = async (name: ParameterName): Promise<Float32Array> =>
      gradientIn(await read(moments.get(name)!.first), adam.beta1);
    errors.push(
      compareValues(file, 'grads.W_enc', transposeMatrix(await gradient('encoder'), features, width)),
    );
    errors.push(compareValues(file, 'grads.b_enc', await gradient('encoderBias')));
    errors.push(compareAcrossRows(file, await gradient('decoder')));
    errors.push(compareValues(file, 'grads.b_dec', await gradient('decoderBias')));
    if (hasThreshold) errors.push(compareValues(file, 'grads.threshold', await gradient('threshold')));
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

/** The gradient of a first step, of which Adam's first moment holds the share 1 - β1. */
function gradientIn(moment: Float32Array, beta1: number): Float32Array {
  return moment.map((value) => value / (1 - beta1));
}

/**
 * Compares the decoder's gradient without its component along each row, which is what Adam is given: the file has it
 * before the component is removed.
 */
function compareAcrossRows(file: SafetensorsFile, got: Float32Array): GoldenError {
  const want = file.readFloat32('grads.W_dec');
  const decoder = file.readFloat32('params.W_dec');
  const width = file.info('params.W_dec').shape[1]!;
  const across = Float32Array.from(want);
  for (let start = 0; start < want.length; start += width) {
    let product = 0;
    let squares = 0;
    for (let k = start; k < start + width; k++) {
      product += want[k]! * decoder[k]!;
      squares += decoder[k]! ** 2;
    }
    for (let k = start; k < start + width; k++) across[k]! -= (product / squares) * decoder[k]!;
  }
  return compareWith(across, 'grads.W_dec', got);
}

function architectureOf(file: SafetensorsFile, metadata: GoldenMetadata): Architecture {
  switch (metadata.text('kind')) {
    case 'sae-standard':
      return paper();
    case 'sae-topk':
      return topk({ k: metadata.number('k'), auxiliary: null });
    case 'sae-batchtopk':
      return batchtopk({ k: metadata.number('k'), auxiliary: null });
    case 'sae-jumprelu':
      return jumprelu({ penalty: 'step', bandwidth: metadata.number('bandwidth') });
    default:
      throw new GoldenFileError(
        `${file.path}: expected a kind of ${SAE_KINDS.join(', ')}, got "${metadata.text('kind')}"`,
      );
  }
}

function penaltyOf(metadata: GoldenMetadata, { name }: Architecture): number {
  if (name === 'paper') return metadata.number('l1_coefficient', 0);
  return name === 'jumprelu' ? metadata.number('l0_coefficient', 0) : 0;
}

function checkShapes(file: SafetensorsFile, width: number, features: number, hasThreshold: boolean): void {
  checkShape(file, 'params.W_enc', [width, features]);
  checkShape(file, 'params.b_enc', [features]);
  checkShape(file, 'params.W_dec', [features, width]);
  checkShape(file, 'params.b_dec', [width]);
  checkShape(file, 'grads.W_dec', [features, width]);
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
