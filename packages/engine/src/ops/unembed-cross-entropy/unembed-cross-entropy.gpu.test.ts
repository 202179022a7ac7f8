import { describe, expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor } from '../../tensor/tensor.ts';
import { checkOp, ON_BOTH, sample, seededRandom } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { unembedCrossEntropy } from './unembed-cross-entropy.ts';
import { proofs } from './unembed-cross-entropy.proof.ts';
import { unembedCrossEntropyReference } from './unembed-cross-entropy.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each([1, -1])(
    'logits that rise or fall by hundreds from chunk to chunk (%i) do not overflow',
    async (direction) => {
      const random = seededRandom(6);
      const [rows, vocabulary] = [4, 200];
      const targets = Uint32Array.of(0, 63, 64, 199);
      await checkOp(choose(gpu), {
        op: unembedCrossEntropy,
        options: (p) => ({
          targets: p.persistent(createTensor(gpu, 'targets', [rows], targets)),
          chunk: 64,
        }),
        inputs: {
          x: sample([rows, 2], () => 1 + 0.1 * random.normal()),
          w: sample([vocabulary, 2], (i) => direction * i + random.normal()),
        },
        reference: unembedCrossEntropyReference(targets, 2, vocabulary),
      });
    },
  );
});

test('no temporary is as large as the logits', async () => {
  const p = new ProgramBuilder(gpu, 'chunks');
  const [N, D, V, chunk] = [64, 8, 4096, 256];
  const make = (label: string, shape: number[], dtype: 'f32' | 'u32' = 'f32') =>
    p.persistent(createTensor(gpu, label, shape, null, dtype));
  const [x, w] = [make('x', [N, D]), make('w', [V, D])];
  const loss = p.apply(unembedCrossEntropy, { x, w }, { targets: make('targets', [N], 'u32'), chunk });
  const gradients = p.gradients(loss, make('seed', [N]), [x, w]);
  gradients.forEach((value) => p.output(value));
  const program = await p.build();
  // One chunk of logits, and what the products pack of it and of what it is multiplied by.
  const bytes = program.plan.slotBytes.reduce((sum, size) => sum + size, 0);
  expect(bytes).toBeLessThan(4 * 4 * N * chunk);
});

test('unembedCrossEntropy refuses widths that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const targets = p.temporary('targets', [4], 'u32');
  const inputs = { x: p.temporary('x', [4, 8]), w: p.temporary('w', [6, 3]) };
  expect(() =>
    p.apply(unembedCrossEntropy, inputs, { targets, chunk: 64 }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: unembedCrossEntropy: D differs, x (4,8) says 8 and w (V,D) (6,3) says 3]`,
  );
});

test('unembedCrossEntropy refuses chunks that are none, or whose rows cannot be bound', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const [x, w] = [p.temporary('x', [4, 7]), p.temporary('w', [100, 7])];
  const apply = (chunk: number) => () =>
    p.apply(unembedCrossEntropy, { x, w }, { targets: p.temporary('targets', [4], 'u32'), chunk });
  expect(apply(0)).toThrow('unembedCrossEntropy: expected a whole number above 0 for chunk, got 0');
  expect(apply(10)).toThrow(
    'expected a chunk of a multiple of 64, or of all 100 entries, got 10 for rows of 7',
  );
  expect(apply(100)).not.toThrow();
});
