import { createTensor, matmul, ProgramBuilder, readTensor, subtractRow, writeTensor, type Gpu, type Tensor } from '@monosema/engine';
import { normals } from '../random/seeded.ts';
import { uploadDictionary, type Dictionary } from './dictionary.ts';

/**
 * A fresh dictionary: decoder rows in random directions of norm 1, the encoder equal to the decoder, and encoder
 * biases such that every feature is active on the same small share of a sample.
 *
 * The paper starts from Kaiming-uniform weights, under which half of all features are active on every vector; a
 * start near the final density reaches the same loss with several times fewer vectors (docs/log.md).
 *
 * @param sample (N,A) activations as training sees them
 * @param density share of the sample on which each feature is active
 */
export async function initialDictionary(
  gpu: Gpu,
  id: string,
  features: number,
  sample: Tensor,
  decoderBias: Float32Array,
  options: { readonly seed: number; readonly density: number },
): Promise<Dictionary> {
  const width = sample.shape[1]!;
  const directions = randomDirections(features, width, options.seed);
  const dictionary = uploadDictionary(gpu, id, width, features, {
    encoder: directions,
    encoderBias: new Float32Array(features),
    decoder: directions,
    decoderBias,
    threshold: null,
  });
  writeTensor(gpu, dictionary.encoderBias, await biasesFor(gpu, dictionary, sample, options.density));
  return dictionary;
}

/** (F,A) rows of norm 1, uniform on the sphere. */
function randomDirections(features: number, width: number, seed: number): Float32Array {
  const normal = normals(seed);
  const rows = new Float32Array(features * width);
  for (let f = 0; f < features; f++) {
    const row = rows.subarray(f * width, (f + 1) * width);
    let squares = 0;
    for (let k = 0; k < width; k++) {
      row[k] = normal();
      squares += row[k]! ** 2;
    }
    const inverse = 1 / Math.sqrt(squares);
    for (let k = 0; k < width; k++) row[k]! *= inverse;
  }
  return rows;
}

/** Features whose pre-activations on the sample are in memory at once. */
const BLOCK_FEATURES = 1024;

/** Minus the (1 - density) quantile of each feature's pre-activations over the sample. */
async function biasesFor(gpu: Gpu, dictionary: Dictionary, sample: Tensor, density: number): Promise<Float32Array> {
  const [rows, width] = sample.shape as [number, number];
  const biases = new Float32Array(dictionary.features);
  const rank = Math.min(rows - 1, Math.floor((1 - density) * rows));
  for (let start = 0; start < dictionary.features; start += BLOCK_FEATURES) {
    const count = Math.min(BLOCK_FEATURES, dictionary.features - start);
    const block = await readTensor(gpu, dictionary.encoder, start * width, count * width);
    const p = new ProgramBuilder(gpu, 'initial densities');
    const encoder = createTensor(gpu, 'block of the encoder', [count, width], block);
    const centred = subtractRow(p, p.persistent(sample), p.persistent(dictionary.decoderBias), 'centred');
    const products = p.output(matmul(p, p.persistent(encoder), centred, { label: 'pre-activations', transposeRight: true }));
    const program = await p.build();
    await program.run();
    const pre = await readTensor(gpu, products);
    for (let f = 0; f < count; f++) biases[start + f] = -pre.slice(f * rows, (f + 1) * rows).sort()[rank]!;
    program.destroy();
    encoder.buffer.destroy();
  }
  return biases;
}
