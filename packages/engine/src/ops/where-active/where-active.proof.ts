import {
  checkKernel,
  COUNT_TILES,
  COUNTS,
  defineProof,
  repeating,
  seededRandom,
} from '../../testing/index.ts';
import { whereActive } from './where-active.ts';
import { whereActiveReference } from './where-active.reference.ts';

export const proofs = [
  defineProof({
    claim: 'x + offset where f is positive, of %i elements, agrees with float64, and is zero elsewhere',
    tiles: COUNT_TILES,
    sizes: COUNTS,
    folded: [65_536 * 4 + 5],
    largest: [5000],
    byClass: false,
    spread: true,
    async check(gpu, size: number) {
      const random = seededRandom(size);
      const rows = (draw: () => number) => repeating([size, 1], draw);
      const x = rows(random.normal);
      const f = rows(() => (random.uniform(0, 1) < 0.3 ? random.uniform(0.1, 2) : random.below(2) - 1));
      const reference = whereActiveReference(x.values, f.values, 0.75 * 0.25);
      return checkKernel(gpu, {
        inputs: { x, f },
        record: (p, v) => ({ y: whereActive(p, v.x, v.f, { scalar: p.scalar('penalty'), scale: 0.25 }) }),
        scalars: { penalty: 0.75 },
        // A product and a sum.
        want: { y: { reference, roundings: 2 } },
      });
    },
  }),
];
