import { createTensor } from '../../tensor/tensor.ts';
import {
  checkOp,
  defineProof,
  repeating,
  EDGED_SIZES,
  ROW_SIZES,
  ROW_TILES,
  seededRandom,
} from '../../testing/index.ts';
import { crossEntropy } from './cross-entropy.ts';
import { crossEntropyReference } from './cross-entropy.reference.ts';

export const proofs = [
  defineProof({
    claim: 'cross-entropy of (%i,%i) and its gradient agree with float64',
    tiles: ROW_TILES,
    sizes: [...ROW_SIZES, ...EDGED_SIZES],
    folded: [65_537, 8],
    largest: [40, 1500],
    byClass: true,
    spread: true,
    async check(gpu, rows: number, vocabulary: number) {
      const random = seededRandom(rows);
      const logits = repeating([rows, vocabulary], () => 3 * random.normal());
      const period = logits.values.length / vocabulary;
      const targets = Uint32Array.from({ length: period }, () => random.below(vocabulary));
      const all = Uint32Array.from({ length: rows }, (_, n) => targets[n % period]!);
      return checkOp(gpu, {
        op: crossEntropy,
        options: (p) => ({ targets: p.persistent(createTensor(gpu, 'targets', [rows], all)) }),
        inputs: { logits },
        reference: crossEntropyReference(targets, vocabulary),
      });
    },
  }),
];
