import { describe, expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { checkKernel, ON_BOTH, runRecorded, sample, seededRandom } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { klDivergence } from './kl-divergence.ts';
import { proofs, recordDivergence } from './kl-divergence.proof.ts';
import { klDivergenceReference, klDivergenceRoundings } from './kl-divergence.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

describe.each(ON_BOTH)('with the kernels $kernels', ({ choose }) => {
  test.each([500, -500])(
    'logits around %i, whose exponentials overflow or vanish in float32, do not',
    async (centre) => {
      const random = seededRandom(13);
      const draw = () => sample([4, 9], () => centre + 20 * random.normal());
      const targets = { shape: [4], values: Uint32Array.of(0, 8, 3, 5) };
      const inputs = { before: draw(), after: draw(), targets };
      const reference = klDivergenceReference(inputs.before.values, inputs.after.values, 9);
      await checkKernel(choose(gpu), {
        inputs,
        record: (p, v) => ({ divergence: recordDivergence(p, v).divergence }),
        want: { divergence: { reference, roundings: klDivergenceRoundings(9) } },
      });
    },
  );
});

test('the divergence of logits from themselves, and from the same shifted, is zero', async () => {
  const random = seededRandom(3);
  const before = sample([5, 33], random.normal);
  const after = { shape: before.shape, values: before.values.map((value) => value + 7) };
  const targets = { shape: [5], values: new Uint32Array(5) };
  const { divergence } = await runRecorded(gpu, { before, after, targets }, recordDivergence);
  // 7 more is rounded at 2⁻²² or so.
  divergence.forEach((value) => expect(Math.abs(value)).toBeLessThan(1e-5));
});

test('klDivergence refuses logits of different widths, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() =>
    klDivergence(
      p,
      { logits: p.temporary('before', [4, 8]), logSum: p.temporary('log sum', [4]) },
      p.temporary('after', [4, 9]),
      p.temporary('targets', [4], 'u32'),
    ),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: klDivergence: V differs, before (4,8) says 8 and after (N,V) (4,9) says 9]`,
  );
});
