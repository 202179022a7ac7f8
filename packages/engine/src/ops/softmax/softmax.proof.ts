import {
  checkOp,
  defineProof,
  repeating,
  EDGED_SIZES,
  ROW_SIZES,
  ROW_TILES,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { softmax } from './softmax.ts';
import { softmaxReference } from './softmax.reference.ts';

export const proofs = [
  defineProof({
    claim: 'softmax of (%i,%i) and its gradient agree with float64',
    tiles: ROW_TILES,
    sizes: [...ROW_SIZES, ...EDGED_SIZES],
    folded: [65_537, 8],
    largest: [60, 1500],
    byClass: true,
    spread: true,
    async check(gpu, rows: number, width: number) {
      const { normal } = seededRandom(rows);
      const x = repeating([rows, width], () => 3 * normal());
      return checkOp(gpu, {
        op: softmax,
        options: () => ({ causal: false }),
        inputs: { x },
        reference: softmaxReference(x.values.length / width, width, 1),
      });
    },
  }),
  defineProof({
    claim:
      'causal softmax of %i matrices of %i rows that see %i elements more, and its gradient, agree with float64',
    tiles: [4, 8, 64],
    sizes: [
      [1, 1, 1],
      [5, 3, 0],
      [2, 4, 0],
      [1, 5, 3],
      [3, 7, 0],
      [4, 8, 1],
      [2, 9, 7],
      [1, 1, 64],
      [1, 63, 0],
      [2, 64, 64],
      [1, 65, 0],
      [2, 7, 250],
      [1, 259, 0],
    ],
    folded: null,
    largest: [6, 100, 100],
    byClass: true,
    spread: true,
    async check(gpu, matrices: number, height: number, more: number) {
      const { normal } = seededRandom(height);
      const width = height + more;
      return checkOp(gpu, {
        op: softmax,
        options: () => ({ causal: true }),
        inputs: { x: sample([matrices, height, width], () => 3 * normal()) },
        reference: softmaxReference(matrices * height, width, height),
      });
    },
  }),
];
