import {
  checkKernel,
  COUNT_TILES,
  COUNTS,
  defineProof,
  equalTo,
  repeating,
  seededRandom,
} from '../../testing/index.ts';
import { copy } from './copy.ts';
import { copyReference } from './copy.reference.ts';

export const proofs = [
  defineProof({
    claim: 'a copy of %i elements is equal',
    tiles: COUNT_TILES,
    sizes: COUNTS,
    folded: [65_536 * 4 + 5],
    largest: [5000],
    byClass: false,
    spread: true,
    async check(gpu, size: number) {
      const x = repeating([size], seededRandom(size).normal);
      return checkKernel(gpu, {
        inputs: { x },
        record: (p, v) => ({ y: copy(p, v.x) }),
        want: { y: equalTo(copyReference(x.values)) },
      });
    },
  }),
];
