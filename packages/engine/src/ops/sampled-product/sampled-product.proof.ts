import {
  checkKernel,
  defineProof,
  sample,
  seededRandom,
  SPARSE_SIZES,
  SPARSE_TILES,
  sparseSample,
} from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { sampledProduct } from './sampled-product.ts';
import { sampledProductReference } from './sampled-product.reference.ts';

const PENALTY = 0.3125;
const SCALE = 0.25;

export const proofs = [
  defineProof({
    claim: 'd times wᵀ at the active entries of f (%i,%i), D %i, agrees with float64',
    tiles: SPARSE_TILES,
    sizes: SPARSE_SIZES,
    folded: [65_537, 3, 1],
    largest: [60, 1500, 300],
    byClass: true,
    spread: false,
    async check(gpu, rows: number, features: number, width: number) {
      const random = seededRandom(rows);
      const f = sparseSample(random, [rows, features]);
      const d = sample([rows, width], random.normal);
      const w = sample([features, width], random.normal);
      const want = sampledProductReference(d.values, w.values, f.values, width, PENALTY * SCALE);
      return checkKernel(gpu, {
        inputs: { d, w, f },
        record(p, v) {
          const offset = { scalar: p.scalar('penalty'), scale: SCALE };
          return { ...sampledProduct(p, v.d, v.w, v.f, activeMask(p, v.f), { offset }) };
        },
        scalars: { penalty: PENALTY },
        want: {
          // At most D fused multiply-adds and the offset.
          h: { reference: want.h, roundings: width + 2, untouched: (i) => !(f.values[i]! > 0) },
          rowSum: { reference: want.rowSum, roundings: features },
        },
      });
    },
  }),
];
