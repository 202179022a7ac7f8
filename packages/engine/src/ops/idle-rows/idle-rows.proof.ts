import { checkKernel, COUNT_TILES, COUNTS, defineProof, equalTo, repeating } from '../../testing/index.ts';
import { countIdle } from './idle-rows.ts';
import { countIdleReference } from './idle-rows.reference.ts';

export const proofs = [
  defineProof({
    claim: '%i columns count rows since they were active, and stop at 2³¹',
    tiles: COUNT_TILES,
    sizes: COUNTS,
    folded: [65_536 * 64 + 5],
    largest: [5000],
    byClass: false,
    spread: false,
    async check(gpu, size: number) {
      const count = repeating([size], (i) => (i % 3 === 0 ? i + 1 : 0));
      const values = Uint32Array.from(count.values, (_, i) => (i % 5 === 1 ? 2 ** 31 - 5 : 7 * i));
      return checkKernel(gpu, {
        inputs: { count, idle: { shape: [size], values } },
        record(p, v) {
          countIdle(p, v.count, v.idle, 8);
          return { idle: v.idle };
        },
        want: { idle: equalTo(countIdleReference(count.values, values, 8)) },
      });
    },
  }),
];
