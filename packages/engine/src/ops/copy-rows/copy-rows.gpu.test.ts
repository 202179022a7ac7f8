import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { copyRows } from './copy-rows.ts';
import { proofs } from './copy-rows.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('copyRows refuses widths that differ, showing both', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const record = () =>
    copyRows(
      p,
      p.temporary('source', [4, 8]),
      p.temporary('places', [3, 2], 'u32'),
      p.temporary('destination', [4, 7]),
    );
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: copyRows: D differs, source (4,8) says 8 and destination (M,D) (4,7) says 7]`,
  );
});
