import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { createTensor, readTensor } from '../../tensor/tensor.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { accumulate } from './accumulate.ts';
import { proofs } from './accumulate.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('every run adds the counts once more', async () => {
  const x = createTensor(gpu, 'x', [3], Float32Array.of(1, 0, 5));
  const total = createTensor(gpu, 'total', [3], Uint32Array.of(16_777_216, 7, 0));
  const p = new ProgramBuilder(gpu, 'accumulate');
  accumulate(p, p.persistent(x), p.persistent(total));
  const program = await p.build();
  for (let run = 0; run < 3; run++) await program.run();
  expect([...(await readTensor(gpu, total))]).toEqual([16_777_219, 7, 15]);
});

test('accumulate refuses totals of another number, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  expect(() =>
    accumulate(p, p.temporary('x', [4]), p.temporary('total', [5], 'u32')),
  ).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: accumulate: F differs, x (4) says 4 and total (F) (5) says 5]`,
  );
});
