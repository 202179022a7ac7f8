import {
  checkKernel,
  defineProof,
  equalTo,
  repeating,
  ROW_SIZES,
  ROW_TILES,
  seededRandom,
} from '../../testing/index.ts';
import { activeMaskReference } from '../active-mask/active-mask.reference.ts';
import { topK, topKMask } from './top-k.ts';
import { topKReference } from './top-k.reference.ts';

export const proofs = [
  defineProof({
    // Selected values are copies, so they must be equal, zeros included.
    claim: 'top k of (%i,%i) is exact, copied or marked',
    tiles: ROW_TILES,
    sizes: ROW_SIZES,
    folded: [65_537, 3],
    largest: [60, 1500],
    byClass: true,
    spread: false,
    async check(gpu, rows: number, width: number) {
      const x = repeating([rows, width], seededRandom(rows).normal);
      const k = Math.ceil(width / 5);
      const y = topKReference(x.values, width, k);
      return checkKernel(gpu, {
        inputs: { x },
        record: (p, v) => ({ y: topK(p, v.x, k), marked: topKMask(p, v.x, k).rows }),
        want: {
          y: equalTo(y),
          marked: equalTo(activeMaskReference(y, y.length / width, width).rows),
        },
      });
    },
  }),
];
