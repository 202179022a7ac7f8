import {
  checkKernel,
  defineProof,
  repeating,
  ROW_SIZES,
  ROW_TILES,
  seededRandom,
} from '../../testing/index.ts';
import { klDivergence } from './kl-divergence.ts';
import { klDivergenceReference, klDivergenceRoundings } from './kl-divergence.reference.ts';

export const proofs = [
  defineProof({
    claim: 'the divergence of (%i,%i) agrees with float64',
    tiles: ROW_TILES,
    sizes: ROW_SIZES,
    folded: [65_537, 5],
    largest: [60, 1500],
    byClass: true,
    spread: false,
    async check(gpu, rows: number, vocabulary: number) {
      const random = seededRandom(rows + vocabulary);
      const logits = () => repeating([rows, vocabulary], () => 2 * random.normal());
      const inputs = { before: logits(), after: logits() };
      const reference = klDivergenceReference(inputs.before.values, inputs.after.values, vocabulary);
      return checkKernel(gpu, {
        inputs,
        record: (p, v) => ({ divergence: klDivergence(p, v.before, v.after) }),
        want: { divergence: { reference, roundings: klDivergenceRoundings(vocabulary) } },
      });
    },
  }),
];
