import {
  checkOp,
  defineProof,
  repeating,
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
    sizes: ROW_SIZES,
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
        reference: softmaxReference(x.values.length / width, width, false),
      });
    },
  }),
  defineProof({
    claim: 'causal softmax of %i squares of %i and its gradient agree with float64',
    tiles: [4, 8, 64],
    sizes: [
      [1, 1],
      [5, 3],
      [2, 4],
      [1, 5],
      [3, 7],
      [4, 8],
      [2, 9],
      [1, 63],
      [2, 64],
      [1, 65],
    ],
    folded: null,
    largest: [6, 100],
    byClass: true,
    spread: true,
    async check(gpu, squares: number, width: number) {
      const { normal } = seededRandom(width);
      return checkOp(gpu, {
        op: softmax,
        options: () => ({ causal: true }),
        inputs: { x: sample([squares, width, width], () => 3 * normal()) },
        reference: softmaxReference(squares * width, width, true),
      });
    },
  }),
];
