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
import { listedReconstruction } from './listed-reconstruction.ts';
import { sparseMatmul } from './sparse-matmul.ts';
import { sparseMatmulReference, squaresReference } from './sparse-matmul.reference.ts';

type Sizes = [rows: number, features: number, width: number];
const SHARED = {
  tiles: SPARSE_TILES,
  sizes: SPARSE_SIZES,
  folded: [65_537, 3, 1] as Sizes,
  largest: [60, 1500, 300] as Sizes,
  byClass: true,
};

function draw(rows: number, features: number, width: number) {
  const random = seededRandom(rows);
  const f = sparseSample(random, [rows, features]);
  const w = sample([features, width], random.normal);
  const bias = sample([width], random.normal);
  return { f, w, bias, x: sample([rows, width], random.normal) };
}

export const proofs = [
  defineProof({
    ...SHARED,
    claim: 'f (%i,%i) times w of width %i agrees with float64',
    spread: false,
    async check(gpu, rows: number, features: number, width: number) {
      const { f, w, bias } = draw(rows, features, width);
      return checkKernel(gpu, {
        inputs: { f, w, bias },
        record: (p, v) => ({ y: sparseMatmul(p, v.f, activeMask(p, v.f), v.w, v.bias, 'y') }),
        // Products, and at most F sums onto the bias.
        want: {
          y: { reference: sparseMatmulReference(f.values, w.values, bias.values), roundings: features + 1 },
        },
      });
    },
  }),
  defineProof({
    ...SHARED,
    claim: 'what the listed entries of f (%i,%i) make, of width %i, and its distances agree with float64',
    spread: true,
    async check(gpu, rows: number, features: number, width: number) {
      const inputs = draw(rows, features, width);
      const { f, w, bias, x } = inputs;
      const y = sparseMatmulReference(f.values, w.values, bias.values);
      return checkKernel(gpu, {
        inputs,
        scalars: { first: 0 },
        record(p, v) {
          const mask = activeRows(p, v.f);
          const offsets = rowOffsets(p, mask.rows);
          const entries = compactRows(p, v.f, mask.rows, offsets, p.scalar('first'), rows * features);
          return { ...listedReconstruction(p, offsets, entries, v) };
        },
        want: {
          y: { reference: y, roundings: features + 1 },
          // Twice the roundings of y, a difference, and D sums.
          squares: { reference: squaresReference(y, x.values, width), roundings: 2 * features + width + 6 },
        },
      });
    },
  }),
];
