import {
  createTensor,
  matmul,
  ProgramBuilder,
  readTensor,
  subtractRow,
  writeTensor,
  type Gpu,
  type Tensor,
} from '@monosema/engine';
import { normals } from '../random/seeded.ts';
import type { Architecture, Directions } from './architectures/architecture.ts';
import { uploadDictionary, type DictionaryParameters } from './dictionary.ts';

/** Norm of the encoder's rows at the start, by where the decoder's point: what worked best for each. */
const ENCODER_NORM = { inputs: 0.1, random: 0.5 } as const;
/** Norm of the rows at the start where they are free (Anthropic, April 2024). */
const FREE_NORM = 0.1;
/** Where JumpReLU's thresholds start (Anthropic, January 2025). */
const THRESHOLD = 0.1;

/**
 * Norm of the encoder's rows at the start. Where the largest activations are chosen and directions are random, the
 * encoder is the decoder (Gao et al. 2024). Inputs resemble each other: k of them together, each at the full product, add
 * up to far more than the vector that chose them, and a short run is spent on unlearning it.
 */
export function encoderNormOf({ penalised }: Architecture, directions: Directions): number {
  return !penalised && directions === 'random' ? 1 : ENCODER_NORM[directions];
}

/** What a fresh dictionary is made from. */
export interface Start {
  /** (N,A) activations as training sees them. */
  readonly sample: Tensor;
  /** (F,A) rows of norm 1; see unitRows and randomDirections. */
  readonly directions: Float32Array;
  /** Of encoder rows, where they are not the free rows of the decoder; see encoderNormOf. */
  readonly encoderNorm: number;
  /** (A) */
  readonly decoderBias: Float32Array;
  /** Share of the sample on which each feature is active, where the architecture has biases for that. */
  readonly density: number;
}

/**
 * A fresh dictionary of an architecture.
 *
 * The paper starts from Kaiming-uniform weights, under which half of all features are active on every vector. Instead
 * decoder rows have norm 1 in given directions, the encoder is the decoder at a smaller norm, and encoder biases make
 * every feature active on the same small share of a sample. This start reaches the same loss with several times fewer
 * vectors, and two dictionaries of two models agree better after it (docs/log.md). Architectures that choose the largest
 * activations need no biases for that and have none at first; April 2024 starts from rows of norm 0.1, the encoder the
 * same, and no biases.
 */
export async function initialDictionary(
  gpu: Gpu,
  id: string,
  architecture: Architecture,
  start: Start,
): Promise<DictionaryParameters> {
  const { sample, directions, encoderNorm, density } = start;
  const width = sample.shape[1]!;
  const features = directions.length / width;
  const shape = { width, features, preEncoderBias: architecture.preEncoderBias };
  const zeros = new Float32Array(features);
  const vectors = Object.fromEntries(architecture.vectors.map((name) => [name, zeros]));
  if (architecture.rows === 'free' && !architecture.vectors.includes('threshold')) {
    const rows = directions.map((value) => FREE_NORM * value);
    const decoderBias = new Float32Array(width);
    return uploadDictionary(gpu, id, shape, { encoder: rows, decoder: rows, decoderBias, vectors });
  }
  const parameters = uploadDictionary(gpu, id, shape, {
    encoder: directions.map((value) => value * encoderNorm),
    decoder: directions,
    decoderBias: start.decoderBias,
    vectors,
  });
  if (!architecture.penalised) return parameters;
  const biases = await biasesFor(gpu, parameters, sample, density);
  const { encoderBias, threshold, gateBias, magnitudeBias } = parameters.vectors;
  if (threshold !== undefined) {
    writeTensor(gpu, threshold, new Float32Array(features).fill(THRESHOLD));
    writeTensor(
      gpu,
      encoderBias!,
      biases.map((bias) => bias + THRESHOLD),
    );
  } else for (const bias of [encoderBias, gateBias, magnitudeBias]) if (bias) writeTensor(gpu, bias, biases);
  return parameters;
}

/** (F,A) rows of norm 1, uniform on the sphere. */
export function randomDirections(features: number, width: number, seed: number): Float32Array {
  const normal = normals(seed);
  return unitRows(
    Float32Array.from({ length: features * width }, () => normal()),
    new Float32Array(width),
  );
}

/** The rows (F,A) minus the origin (A), at norm 1. */
export function unitRows(rows: Float32Array, origin: Float32Array): Float32Array {
  const width = origin.length;
  const unit = new Float32Array(rows.length);
  for (let start = 0; start < rows.length; start += width) {
    let squares = 0;
    for (let k = 0; k < width; k++) {
      unit[start + k] = rows[start + k]! - origin[k]!;
      squares += unit[start + k]! ** 2;
    }
    // An input on the origin itself has no direction: such a row takes the first axis.
    if (squares === 0) unit[start] = 1;
    const inverse = squares === 0 ? 1 : 1 / Math.sqrt(squares);
    for (let k = 0; k < width; k++) unit[start + k]! *= inverse;
  }
  return unit;
}

/** Features whose pre-activations on the sample are in memory at once. */
const BLOCK_FEATURES = 1024;

/** Minus the (1 - density) quantile of each feature's pre-activations over the sample. */
async function biasesFor(
  gpu: Gpu,
  dictionary: DictionaryParameters,
  sample: Tensor,
  density: number,
): Promise<Float32Array> {
  const [rows, width] = sample.shape as [number, number];
  const biases = new Float32Array(dictionary.features);
  const rank = Math.min(rows - 1, Math.floor((1 - density) * rows));
  for (let start = 0; start < dictionary.features; start += BLOCK_FEATURES) {
    const count = Math.min(BLOCK_FEATURES, dictionary.features - start);
    const block = await readTensor(gpu, dictionary.encoder, start * width, count * width);
    const p = new ProgramBuilder(gpu, 'initial densities');
    const encoder = createTensor(gpu, 'block of the encoder', [count, width], block);
    const centred = subtractRow(p, p.persistent(sample), p.persistent(dictionary.decoderBias), 'centred');
    const products = p.output(
      matmul(p, p.persistent(encoder), centred, { label: 'pre-activations', transposeRight: true }),
    );
    const program = await p.build();
    await program.run();
    const pre = await readTensor(gpu, products);
    for (let f = 0; f < count; f++) biases[start + f] = -pre.slice(f * rows, (f + 1) * rows).sort()[rank]!;
    program.destroy();
    encoder.buffer.destroy();
  }
  return biases;
}
