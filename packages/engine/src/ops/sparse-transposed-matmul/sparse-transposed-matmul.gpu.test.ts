import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import {
  assertWithinRoundings,
  runRecorded,
  sample,
  seededRandom,
  sparseSample,
} from '../../testing/index.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { sparseTransposedMatmul } from './sparse-transposed-matmul.ts';
import { proofs } from './sparse-transposed-matmul.proof.ts';
import { sparseTransposedMatmulReference } from './sparse-transposed-matmul.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('a stack of two parts meets the rows of its groups, and those of the second part', async () => {
  const random = seededRandom(3);
  const [first, features, width] = [33, 70, 5];
  const parts = { first, second: 3 * first, groups: [7, 31, features] };
  const f = sparseSample(random, [2 * first, features]);
  const y = sample([4 * first, width], random.normal);
  const { g } = await runRecorded(gpu, { f, y }, (p, v) => ({
    g: sparseTransposedMatmul(p, v.f, activeMask(p, v.f), v.y, 'g', parts),
  }));
  const want = sparseTransposedMatmulReference(f.values, y.values, width, features, parts);
  assertWithinRoundings('g', [features, width], g, want, 2 * first);
});

test('sparseTransposedMatmul refuses batches that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const f = p.temporary('f', [4, 8]);
  expect(() =>
    sparseTransposedMatmul(p, f, activeMask(p, f), p.temporary('y', [5, 3]), 'g'),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: sparseTransposedMatmul: B differs, f (4,8) says 4 and y (B,D) (5,3) says 5]`,
  );
});
