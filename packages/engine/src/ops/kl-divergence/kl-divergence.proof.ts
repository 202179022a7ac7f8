import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
import {
  checkKernel,
  defineProof,
  repeating,
  EDGED_SIZES,
  ROW_SIZES,
  ROW_TILES,
  seededRandom,
} from '../../testing/index.ts';
import { crossEntropy } from '../cross-entropy/cross-entropy.ts';
import { crossEntropyReference } from '../cross-entropy/cross-entropy.reference.ts';
import { klDivergence } from './kl-divergence.ts';
import { klDivergenceReference, klDivergenceRoundings } from './kl-divergence.reference.ts';

type Inputs = Readonly<Record<'before' | 'after' | 'targets', Value>>;

/** From the logits before, of which crossEntropy saves what is needed, to those after. */
export function recordDivergence(p: ProgramBuilder, { before, after, targets }: Inputs) {
  const { logSum } = crossEntropy.forward(p, { logits: before }, { targets }).saved;
  return klDivergence(p, { logits: before, logSum }, after, targets);
}

export const proofs = [
  defineProof({
    claim: 'the divergence of (%i,%i), and the cross-entropy with it, agree with float64',
    tiles: ROW_TILES,
    sizes: [...ROW_SIZES, ...EDGED_SIZES],
    folded: [65_537, 5],
    largest: [60, 1500],
    byClass: true,
    spread: true,
    async check(gpu, rows: number, vocabulary: number) {
      const random = seededRandom(rows + vocabulary);
      const logits = () => repeating([rows, vocabulary], () => 2 * random.normal());
      const [before, after] = [logits(), logits()];
      const period = after.values.length / vocabulary;
      const some = Uint32Array.from({ length: period }, () => random.below(vocabulary));
      const targets = Uint32Array.from({ length: rows }, (_, n) => some[n % period]!);
      const divergence = klDivergenceReference(before.values, after.values, vocabulary);
      const entropy = crossEntropyReference(some, vocabulary);
      return checkKernel(gpu, {
        inputs: { before, after, targets: { shape: [rows], values: targets } },
        record: recordDivergence,
        want: {
          divergence: { reference: divergence, roundings: klDivergenceRoundings(vocabulary) },
          loss: {
            reference: entropy.forward({ logits: after.values }),
            roundings: entropy.roundings.output,
          },
        },
      });
    },
  }),
];
