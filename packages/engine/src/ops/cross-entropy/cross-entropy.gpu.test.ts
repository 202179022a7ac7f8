import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Gpu } from '../../index.ts';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor } from '../../tensor/tensor.ts';
import {
  asOneLane,
  checkOp,
  FOLDED_ROWS,
  ON_BOTH,
  openUnchecked,
  rowShapes,
  sample,
  seededRandom,
} from '../../testing/index.ts';
import { crossEntropy } from './cross-entropy.ts';
import { crossEntropyReference } from './cross-entropy.reference.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openUnchecked();
});
afterAll(() => gpu.close());

async function check(on: Gpu, rows: number, vocabulary: number, spread: number, offset = 0): Promise<void> {
  const random = seededRandom(rows);
  const targets = Uint32Array.from({ length: rows }, () => random.below(vocabulary));
  await checkOp(on, {
    op: crossEntropy,
    options: (p) => ({ targets: p.persistent(createTensor(on, 'targets', [rows], targets)) }),
    inputs: { logits: sample([rows, vocabulary], () => offset + spread * random.normal()) },
    reference: crossEntropyReference(targets, vocabulary),
  });
}

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each(rowShapes(64))('cross-entropy of (%i,%i) agrees with float64', async (rows, vocabulary) => {
    await check(choose(gpu), rows, vocabulary, 3);
  });

  test('logits whose exponentials overflow or vanish in float32 do not', async () => {
    await check(choose(gpu), 4, 9, 60, 500);
    await check(choose(gpu), 4, 9, 60, -500);
  });
});

test('cross-entropy reaches every row and element when its grids fold past 65,535 workgroups', async () => {
  await check(asOneLane(gpu), FOLDED_ROWS, 8, 1);
});

test('crossEntropy refuses targets of another length, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const apply = () =>
    p.apply(
      crossEntropy,
      { logits: p.temporary('logits', [6, 10]) },
      { targets: p.temporary('targets', [5], 'u32') },
    );
  expect(apply).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: crossEntropy: N differs, logits (6,10) says 6 and targets (N) (5) says 5]`,
  );
});
