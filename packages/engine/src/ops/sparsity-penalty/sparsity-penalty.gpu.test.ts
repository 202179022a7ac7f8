import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { runRecorded, sample } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { sparsityPenalty } from './sparsity-penalty.ts';
import { proofs } from './sparsity-penalty.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('a tanh penalty of a huge activation is 1, and its slope 0', async () => {
  const f = sample([1, 2], (i) => [1e30, 0.5][i]!);
  const one = sample([2], () => 1);
  const { value, along } = await runRecorded(
    gpu,
    { f, n: one, h: sample([1, 2], () => 0) },
    (p, v) => {
      const factor = { scalar: p.scalar('lambda'), scale: 1 };
      return sparsityPenalty(p, v.f, v.n, activeMask(p, v.f), v.h, { kind: 'tanh', sharpness: 4, factor });
    },
    { lambda: 1 },
  );
  expect(value[0]).toBe(1);
  expect(along[0]).toBeCloseTo(0, 20);
});

test('sparsityPenalty refuses norms of another number, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const f = p.temporary('f', [4, 8]);
  const factor = { scalar: p.scalar('lambda'), scale: 1 };
  expect(() =>
    sparsityPenalty(p, f, p.temporary('n', [7]), activeMask(p, f), p.temporary('h', [4, 8]), {
      kind: 'linear',
      factor,
    }),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: sparsityPenalty: F differs, f (4,8) says 8 and n (F) (7) says 7]`,
  );
});
