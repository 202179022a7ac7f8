import {
  checkKernel,
  COUNT_TILES,
  COUNTS,
  defineProof,
  repeating,
  seededRandom,
} from '../../testing/index.ts';
import { subtractScaled } from './subtract-scaled.ts';
import { subtractScaledReference } from './subtract-scaled.reference.ts';

export const proofs = [
  defineProof({
    claim: 'a - factor · b of %i elements agrees with float64',
    tiles: COUNT_TILES,
    sizes: COUNTS,
    folded: [65_536 * 4 + 5],
    largest: [5000],
    byClass: false,
    spread: true,
    async check(gpu, size: number) {
      const random = seededRandom(size);
      const inputs = { a: repeating([size], random.normal), b: repeating([size], random.normal) };
      const reference = subtractScaledReference(inputs.a.values, inputs.b.values, -1.5 * 0.375);
      return checkKernel(gpu, {
        inputs,
        record: (p, v) => ({
          y: subtractScaled(p, v.a, v.b, { scalar: p.scalar('penalty'), scale: 0.375 }),
        }),
        scalars: { penalty: -1.5 },
        // Two products and a difference.
        want: { y: { reference, roundings: 3 } },
      });
    },
  }),
];
