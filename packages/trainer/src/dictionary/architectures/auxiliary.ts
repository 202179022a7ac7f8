import {
  activeMask,
  maskedColumnSum,
  residual,
  sampledProduct,
  sparseMatmul,
  topKAmong,
  type MaskedSums,
  type Value,
} from '@monosema/engine';
import type { Step } from './architecture.ts';

/**
 * AuxK (Gao et al. 2024, appendix A.2): what a dictionary leaves, e = x - x̂, is reconstructed by the k dead features with
 * the largest pre-activations, ê = Σ pre · w, and α · mean |e - ê|² joins the loss, where e is held fixed and b_dec has no
 * part in ê. Pre-activations are taken as they are, negative ones too, so that a feature that never fires can learn.
 */
export interface AuxiliaryOptions {
  /** Dead features that take part in each row, at most. */
  readonly k: number;
  /** α */
  readonly coefficient: number;
  /** A feature is dead when none of this many vectors before made it fire. */
  readonly deadAfter: number;
}

/**
 * Records AuxK on a block of a batch, as the second part of a stack.
 *
 * @param of the block: its rows of x, x̂ (b,A) and pre (b,F)
 * @param into where the dead features' code (b,F), the gradients h by it (b,F), those by ê (b,A), and the errors of rows
 *   (b) are written
 * @param before sums over the blocks before, which go on
 * @returns the sums of the code, of h and of both over rows
 */
export function recordAuxiliary(
  step: Step,
  { k, coefficient, deadAfter }: AuxiliaryOptions,
  of: { readonly x: Value; readonly reconstruction: Value; readonly pre: Value },
  into: { readonly code: Value; readonly h: Value; readonly d: Value; readonly rowLoss: Value },
  before: MaskedSums | null,
): MaskedSums {
  const { p, x, values, state } = step;
  const code = topKAmong(p, of.pre, state.idle!, deadAfter, k, into.code);
  const mask = activeMask(p, code, 'not zero');
  // |e - ê|² = |x - (x̂ + ê)|², and the gradient by ê alone is as if x̂ were fixed.
  const sum = sparseMatmul(p, code, mask, values.decoder, of.reconstruction, 'x̂ + ê');
  const scale = (2 * coefficient) / x.shape[0]!;
  const { d } = residual(p, sum, of.x, scale, { d: into.d, rowLoss: into.rowLoss });
  const { h } = sampledProduct(p, d, values.decoder, code, mask, { into: into.h });
  return maskedColumnSum(p, code, h, mask, before);
}
