import { expect, test } from 'vitest';
import { ProgramBuilder } from '../../program/builder.ts';
import { readTensor, type Tensor } from '../../tensor/tensor.ts';
import { buildAndPoison, sample, seededRandom, upload } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { compactRows, rowOffsets, rowsThatFit } from './compact-rows.ts';
import { proofs } from './compact-rows.proof.ts';
import { compactRowsReference } from './compact-rows.reference.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test.each([
  ['half of the entries', 0.5],
  ['every entry', 1],
  ['no entry', 0],
])('a matrix comes back whole, in runs with room for a few rows: %s', async (_, density) => {
  // Workgroups take several rows each, of which the room ends amid some.
  const [rows, width, capacity] = [200, 96, 500];
  const random = seededRandom(1);
  const f = sample([rows, width], () =>
    random.uniform(0, 1) < density ? random.uniform(0.1, 2) : -random.uniform(0, 1),
  );
  const p = new ProgramBuilder(gpu, 'compact');
  const value = p.persistent(upload(gpu, 'f', f));
  const { rows: mask } = activeMask(p, value);
  const starts = rowOffsets(p, mask);
  const compacted = compactRows(p, value, mask, starts, p.scalar('first'), capacity);
  const [offsets, columns, values] = [starts, compacted.columns, compacted.values].map((v) => p.output(v));
  const program = await buildAndPoison(gpu, p, [offsets!, columns!, values!]);
  const found = { columns: [] as number[], values: [] as number[] };
  for (let first = 0; first < rows;) {
    await program.run({ first });
    const begin = await readTensor(gpu, offsets as Tensor & { dtype: 'u32' });
    const fitting = rowsThatFit(begin, first, rows, capacity);
    const count = begin[first + fitting]! - begin[first]!;
    expect(fitting).toBeGreaterThan(0);
    found.columns.push(...(await readTensor(gpu, columns!, 0, count)));
    found.values.push(...(await readTensor(gpu, values!, 0, count)));
    first += fitting;
  }
  program.destroy();
  const want = compactRowsReference(f.values, width);
  expect(found).toEqual({ columns: want.columns, values: want.values });
});

test('compactRows refuses room for less than a row', () => {
  const p = new ProgramBuilder(gpu, 'refused');
  const f = p.temporary('f', [4, 64]);
  const record = () =>
    compactRows(
      p,
      f,
      p.temporary('mask', [4, 2], 'u32'),
      p.temporary('offsets', [5], 'u32'),
      p.scalar('first'),
      63,
    );
  expect(record).toThrowErrorMatchingInlineSnapshot(
    `[ShapeError: compactRows: expected offsets (5) and room for a row of 64 entries, got (5) and room for 63]`,
  );
});
