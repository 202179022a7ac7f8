import {
  checkKernel,
  defineProof,
  equalTo,
  repeating,
  ROW_SIZES,
  ROW_TILES,
  seededRandom,
} from '../../testing/index.ts';
import { whereMarked } from './where-marked.ts';
import { whereMarkedReference } from './where-marked.reference.ts';

export const proofs = [
  defineProof({
    claim: 'what is marked of (%i,%i) is copied, and the rest is zero',
    tiles: [...ROW_TILES, 32],
    sizes: [...ROW_SIZES, [3, 31], [2, 32], [4, 33]],
    folded: [65_537, 3],
    largest: [60, 1500],
    byClass: false,
    spread: false,
    async check(gpu, rows: number, width: number) {
      const random = seededRandom(rows);
      const x = repeating([rows, width], random.normal);
      const words = Math.ceil(width / 32);
      const period = x.values.length / width;
      const bits = Uint32Array.from({ length: period * words }, () => random.below(2 ** 32));
      return checkKernel(gpu, {
        inputs: { x, mask: { shape: [rows, words], values: bits } },
        record: (p, v) => ({ y: whereMarked(p, v.x, v.mask) }),
        want: { y: equalTo(whereMarkedReference(x.values, width, bits)) },
      });
    },
  }),
];
