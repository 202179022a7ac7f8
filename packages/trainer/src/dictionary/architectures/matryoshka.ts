import type { Architecture } from './architecture.ts';
import { batchtopk } from './batchtopk.ts';
import type { TopKOptions } from './record-topk.ts';

/**
 * Bussmann et al. 2025 (Matryoshka BatchTopK): one code and one encoder, and a reconstruction by the first features alone
 * for each of several prefixes; loss = mean over prefixes of mean |x - x̂ᵍ|² + AuxK. The first features have to do
 * without the later ones, so they stay general.
 *
 * @param prefixes how many features each has, ascending; the last is all
 */
export function matryoshka(options: TopKOptions, prefixes: readonly number[]): Architecture {
  return batchtopk(options, prefixes);
}
