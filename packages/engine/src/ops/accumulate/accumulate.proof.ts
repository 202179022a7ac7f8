import { checkKernel, COUNT_TILES, COUNTS, defineProof, equalTo, repeating } from '../../testing/index.ts';
import { accumulate } from './accumulate.ts';
import { accumulateReference } from './accumulate.reference.ts';

export const proofs = [
  defineProof({
    claim: '%i counts add to totals beyond what float32 can count',
    tiles: COUNT_TILES,
    sizes: COUNTS,
    folded: [65_536 * 64 + 5],
    largest: [5000],
    byClass: false,
    spread: false,
    async check(gpu, size: number) {
      const x = repeating([size], (i) => i % 7);
      const total = { shape: [size], values: Uint32Array.from(x.values, (_, i) => 16_777_216 + i) };
      return checkKernel(gpu, {
        inputs: { x, total },
        record(p, v) {
          accumulate(p, v.x, v.total);
          return { total: v.total };
        },
        want: { total: equalTo(accumulateReference(total.values, x.values)) },
      });
    },
  }),
];
