import {
  activeMask,
  ProgramBuilder,
  residual,
  sampledProduct,
  sparseMatmul,
  type Gpu,
  type Program,
  type Tensor,
} from '@monosema/engine';
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

/** Records the two parts of the loss of every row of x (B,A). */
export async function buildRowLossProgram(
  gpu: Gpu,
  dictionary: Dictionary,
  batch: Tensor,
): Promise<RowLossProgram> {
  const p = new ProgramBuilder(gpu, 'row losses');
  const values = dictionaryValues(p, dictionary);
  const x = p.persistent(batch);
  const f = encode(p, x, values, dictionary);
  const mask = activeMask(p, f);
  const reconstruction = sparseMatmul(p, f, mask, values.decoder, values.decoderBias, 'x̂');
  const { d, rowLoss } = residual(p, reconstruction, x, 1);
  const { rowSum } = sampledProduct(p, d, values.decoder, f, mask);
  const errors = p.output(rowLoss);
  const sums = p.output(rowSum);
  return { program: await p.build(), errors, sums };
}
