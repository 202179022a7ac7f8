import type { ProgramBuilder } from '../../program/builder.ts';
import type { Value } from '../../program/value.ts';
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

/** A proof of what gives y (B,D) from f (B,F), w (F,D) and a bias (D). */
const proofOf = (
  claim: string,
  y: (p: ProgramBuilder, v: Readonly<Record<'f' | 'w' | 'bias', Value>>) => Value,
  scalars: Readonly<Record<string, number>> = {},
) =>
  defineProof({
    claim,
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
        scalars,
        record: (p, v) => ({ y: y(p, v) }),
        // Products, and at most F sums onto the bias.
        want: { y: { reference, roundings: features + 1 } },
      });
    },
  });

export const proofs = [
  proofOf('f (%i,%i) times w of width %i agrees with float64', (p, { f, w, bias }) =>
    sparseMatmul(p, f, activeMask(p, f), w, bias, 'y'),
  ),
  proofOf(
    'the listed entries of f (%i,%i) times w of width %i agree with float64',
    (p, { f, w, bias }) => {
      const mask = activeRows(p, f);
      const offsets = rowOffsets(p, mask.rows);
      const [rows, features] = f.shape as [number, number];
      const entries = compactRows(p, f, mask.rows, offsets, p.scalar('first'), rows * features);
      return listedMatmul(p, offsets, entries, w, bias, 'y');
    },
    { first: 0 },
  ),
];
