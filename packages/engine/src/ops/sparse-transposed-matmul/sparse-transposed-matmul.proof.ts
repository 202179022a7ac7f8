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
import { sparseTransposedMatmul } from './sparse-transposed-matmul.ts';
import { sparseTransposedMatmulReference } from './sparse-transposed-matmul.reference.ts';

export const proofs = [
  defineProof({
    claim: 'f (%i,%i) transposed times y of width %i agrees with float64',
    tiles: SPARSE_TILES,
    sizes: [...SPARSE_SIZES, [1023, 2, 3], [1024, 3, 4], [1057, 2, 5]],
    folded: [2, 65_537, 1],
    largest: [1500, 60, 300],
    byClass: true,
    spread: true,
    async check(gpu, rows: number, features: number, width: number) {
      const random = seededRandom(rows);
      const f = sparseSample(random, [rows, features]);
      const y = sample([rows, width], random.normal);
      const reference = sparseTransposedMatmulReference(f.values, y.values, width);
      return checkKernel(gpu, {
        inputs: { f, y },
        record: (p, v) => ({ g: sparseTransposedMatmul(p, v.f, activeMask(p, v.f), v.y, 'g') }),
        // Products, and sums of at most B of them.
        want: { g: { reference, roundings: rows } },
      });
    },
  }),
];
