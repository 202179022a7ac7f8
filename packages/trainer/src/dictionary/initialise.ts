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
import { uploadDictionary, type Dictionary } from './dictionary.ts';

/** Norm of the encoder's rows at the start, by where the decoder's point: what worked best for each. */
export const ENCODER_NORM = { inputs: 0.1, random: 0.5 } as const;

/**
 * A fresh dictionary: decoder rows of norm 1 in given directions; the encoder is the decoder at a smaller norm; and
 * encoder biases make every feature active on the same small share of a sample.
 *
 * The paper starts from Kaiming-uniform weights, under which half of all features are active on every vector. This
 * start reaches the same loss with several times fewer vectors, and two dictionaries of two models agree better
 * after it (docs/log.md).
 *
 * @param sample (N,A) activations as training sees them
 * @param directions (F,A) rows of norm 1; see unitRows and randomDirections
 * @param density share of the sample on which each feature is active
 */
export async function initialDictionary(
  gpu: Gpu,
  id: string,
  sample: Tensor,
  directions: Float32Array,
  encoderNorm: number,
  decoderBias: Float32Array,
  density: number,
): Promise<Dictionary> {
  const width = sample.shape[1]!;
  const features = directions.length / width;
  const parameters = uploadDictionary(
    gpu,
    id,
    { width, features, preEncoderBias: true },
    {
      encoder: directions.map((value) => value * encoderNorm),
      decoder: directions,
      decoderBias,
      vectors: { encoderBias: new Float32Array(features) },
    },
  );
  const dictionary: Dictionary = { ...parameters, rule: { kind: 'standard' } };
  writeTensor(gpu, parameters.vectors.encoderBias!, await biasesFor(gpu, dictionary, sample, density));
  return dictionary;
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
  dictionary: Dictionary,
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
