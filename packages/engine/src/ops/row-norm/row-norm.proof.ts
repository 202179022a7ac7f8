import {
  checkKernel,
  defineProof,
  repeating,
  ROW_SIZES,
  ROW_TILES,
  seededRandom,
} from '../../testing/index.ts';
import { rowNorm } from './row-norm.ts';
import { rowNormReference } from './row-norm.reference.ts';

export const proofs = [
  defineProof({
    claim: 'norms of the rows of (%i,%i) agree with float64',
    tiles: ROW_TILES,
    sizes: ROW_SIZES,
    folded: [65_537, 3],
    largest: [60, 1500],
    byClass: true,
    spread: true,
    async check(gpu, rows: number, width: number) {
      const w = repeating([rows, width], seededRandom(rows).normal);
      return checkKernel(gpu, {
        inputs: { w },
        record: (p, v) => ({ norm: rowNorm(p, v.w) }),
        // Squares and their sum on the fewest lanes, and a root, which halves what came before and adds its own.
        want: { norm: { reference: rowNormReference(w.values, width), roundings: width + 4 } },
      });
    },
  }),
];
