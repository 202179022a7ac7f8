import {
  checkKernel,
  defineProof,
  sample,
  seededRandom,
  SPARSE_SIZES,
  SPARSE_TILES,
  sparseSample,
} from '../../testing/index.ts';
import { activeMask, activeRows } from '../active-mask/active-mask.ts';
import { compactRows, rowOffsets } from '../compact-rows/compact-rows.ts';
import { listedMatmul } from './listed-matmul.ts';
import { sparseMatmul } from './sparse-matmul.ts';
import { sparseMatmulReference } from './sparse-matmul.reference.ts';

export const proofs = [
  defineProof({
    claim: 'f (%i,%i) times w of width %i agrees with float64',
    tiles: SPARSE_TILES,
    sizes: SPARSE_SIZES,
    folded: [65_537, 3, 1],
    largest: [60, 1500, 300],
    byClass: true,
    spread: false,
    async check(gpu, rows: number, features: number, width: number) {
      const random = seededRandom(rows);
      const f = sparseSample(random, [rows, features]);
      const w = sample([features, width], random.normal);
      const bias = sample([width], random.normal);
      const reference = sparseMatmulReference(f.values, w.values, bias.values);
      return checkKernel(gpu, {
        inputs: { f, w, bias },
        record: (p, v) => ({ y: sparseMatmul(p, v.f, activeMask(p, v.f), v.w, v.bias, 'y') }),
        // Products, and at most F sums onto the bias.
        want: { y: { reference, roundings: features + 1 } },
      });
    },
  }),
  defineProof({
    claim: 'the listed entries of f (%i,%i) times w of width %i agree with float64',
    tiles: SPARSE_TILES,
    sizes: SPARSE_SIZES,
    folded: [65_537, 3, 1],
    largest: [60, 1500, 300],
    byClass: true,
    spread: false,
    async check(gpu, rows: number, features: number, width: number) {
      const random = seededRandom(rows);
      const f = sparseSample(random, [rows, features]);
      const w = sample([features, width], random.normal);
      const bias = sample([width], random.normal);
      const reference = sparseMatmulReference(f.values, w.values, bias.values);
      return checkKernel(gpu, {
        inputs: { f, w, bias },
        scalars: { first: 0 },
        record: (p, v) => {
          const mask = activeRows(p, v.f);
          const offsets = rowOffsets(p, mask.rows);
          const entries = compactRows(p, v.f, mask.rows, offsets, p.scalar('first'), rows * features);
          return { y: listedMatmul(p, offsets, entries, v.w, v.bias, 'y') };
        },
        want: { y: { reference, roundings: features + 1 } },
      });
    },
  }),
];
