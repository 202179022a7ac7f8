import { createTensor, matmul, ProgramBuilder, readTensor, writeTensor, type Gpu } from '@monosema/engine';
import type { Link } from '../feature-source.ts';
import { Largest } from '../largest.ts';

/** Rows whose cosines with all others are on the device at a time. */
const BLOCK_ROWS = 256;

/**
 * The features whose decoder rows point most nearly the same way, by cosine; a feature is no neighbour of itself.
 *
 * @param decoder (F,A), row-major
 * @param count neighbours of each feature
 */
export async function decoderNeighbours(
  gpu: Gpu,
  id: string,
  decoder: Float32Array,
  features: number,
  count: number,
  watch: () => void,
): Promise<Link[][]> {
  const width = decoder.length / features;
  const unit = unitRows(decoder, width);
  const height = Math.min(BLOCK_ROWS, features);
  const block = createTensor(gpu, 'decoder rows', [height, width]);
  const all = createTensor(gpu, 'unit decoder', [features, width], unit);
  const p = new ProgramBuilder(gpu, 'decoder cosines');
  const cosines = p.output(
    matmul(p, p.persistent(block), p.persistent(all), { label: 'cosines', transposeRight: true }),
  );
  const program = await p.build();
  const nearest = new Largest(features, Math.min(count, features));
  for (let from = 0; from < features; from += height) {
    watch();
    const rows = Math.min(height, features - from);
    writeTensor(gpu, block, unit.subarray(from * width, (from + rows) * width));
    await program.run();
    const found = await readTensor(gpu, cosines, 0, rows * features);
    for (let row = 0; row < rows; row++) {
      for (let j = 0; j < features; j++) {
        if (j !== from + row) nearest.offer(from + row, found[row * features + j]!, j);
      }
    }
  }
  program.destroy();
  for (const tensor of [block, all]) tensor.buffer.destroy();
  return Array.from({ length: features }, (_, i) =>
    nearest.of(i).map(({ id: feature, value }) => ({ dictionary: id, feature, similarity: value })),
  );
}

/** Rows of a matrix, each divided by its length; rows of zeros stay. */
function unitRows(matrix: Float32Array, width: number): Float32Array {
  const unit = new Float32Array(matrix.length);
  for (let start = 0; start < matrix.length; start += width) {
    let squares = 0;
    for (let k = 0; k < width; k++) squares += matrix[start + k]! ** 2;
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let k = 0; k < width; k++) unit[start + k] = matrix[start + k]! * scale;
  }
  return unit;
}
