import {
  activeMask,
  ProgramBuilder,
  residual,
  rows,
  sampledProduct,
  sparseMatmul,
  type Gpu,
  type Program,
  type Tensor,
  type Value,
} from '@monosema/engine';
import { batchBlocks } from './batch-blocks.ts';
import type { Dictionary } from './dictionary.ts';
import { dictionaryValues, encode } from './encode.ts';

/** The loss of a standard dictionary on each vector of a batch, for resampling. */
export interface RowLossProgram {
  readonly program: Program;
  /** (B) |x - x̂|² */
  readonly errors: Tensor;
  /** (B) Σ f */
  readonly sums: Tensor;
}

/**
 * Records the two parts of the loss of every row of x (B,A).
 *
 * @param entriesAtOnce activations (rows times features) that exist at once; see batchBlocks
 */
export async function buildRowLossProgram(
  gpu: Gpu,
  dictionary: Dictionary,
  batch: Tensor,
  entriesAtOnce?: number,
): Promise<RowLossProgram> {
  const p = new ProgramBuilder(gpu, 'row losses');
  const values = dictionaryValues(p, dictionary);
  const x = p.persistent(batch);
  const [size] = batch.shape as [number];
  const ofRows = (label: string): Value => p.temporary(label, [size]);
  const [rowLoss, rowSum] = [ofRows('errors'), ofRows('sums of f')];
  for (const block of batchBlocks(size, dictionary.features, entriesAtOnce)) {
    const taken = rows(x, block);
    const f = encode(p, taken, values, dictionary);
    const mask = activeMask(p, f);
    const reconstruction = sparseMatmul(p, f, mask, values.decoder, values.decoderBias, 'x̂');
    const { d } = residual(p, reconstruction, taken, 1, { rowLoss: rows(rowLoss, block) });
    sampledProduct(p, d, values.decoder, f, mask, { rowSum: rows(rowSum, block) });
  }
  const errors = p.output(rowLoss);
  const sums = p.output(rowSum);
  return { program: await p.build(), errors, sums };
}
