import { checkKernel, COUNT_TILES, COUNTS, defineProof, equalTo, repeating } from '../../testing/index.ts';
import { clear } from './clear.ts';
import { clearReference } from './clear.reference.ts';

export const proofs = [
  defineProof({
    claim: 'every one of %i elements is cleared',
    tiles: COUNT_TILES,
    sizes: COUNTS,
    folded: [65_536 * 4 + 5],
    largest: [5000],
    byClass: false,
    spread: true,
    async check(gpu, size: number) {
      const y = repeating([size], () => NaN);
      return checkKernel(gpu, {
        inputs: { y },
        record(p, v) {
          clear(p, v.y);
          return { y: v.y };
        },
        want: { y: equalTo(clearReference(y.values.length)) },
      });
    },
  }),
];
