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
import type { LossTerm, Step } from './architecture.ts';
import { meanOf } from './record.ts';

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

/** The second part of a stack, recorded: its gradients are h and d, and the sums of h are its features'. */
export interface Auxiliary {
  readonly sums: MaskedSums;
  readonly term: LossTerm;
}

/**
 * @param reconstruction x̂ (B,A)
 * @param pre (B,F)
 * @param into where the dead features' code (B,F), the gradients h by it (B,F), and those by ê (B,A) are written
 */
export function recordAuxiliary(
  step: Step,
  { k, coefficient, deadAfter }: AuxiliaryOptions,
  reconstruction: Value,
  pre: Value,
  into: { readonly code: Value; readonly h: Value; readonly d: Value },
): Auxiliary {
  const { p, x, values, state } = step;
  const code = topKAmong(p, pre, state.idle!, deadAfter, k, into.code);
  const mask = activeMask(p, code, 'not zero');
  // |e - ê|² = |x - (x̂ + ê)|², and the gradient by ê alone is as if x̂ were fixed.
  const sum = sparseMatmul(p, code, mask, values.decoder, reconstruction, 'x̂ + ê');
  const { d, rowLoss } = residual(p, sum, x, (2 * coefficient) / x.shape[0]!, into.d);
  const { h } = sampledProduct(p, d, values.decoder, code, mask, { into: into.h });
  return { sums: maskedColumnSum(p, code, h, mask), term: meanOf(step, rowLoss) };
}
