import { test } from 'vitest';
import {
  checkKernel,
  equalTo,
  sample,
  seededRandom,
  sparseSample,
  type Sample,
} from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { activeMask, activeRows, stackedColumns } from './active-mask.ts';
import { proofs } from './active-mask.proof.ts';
import { activeMaskReference } from './active-mask.reference.ts';

const devices = await openProofDevices();
prove(proofs, devices);

test.each<[string, Sample]>([
  ['a full matrix', sample([33, 68], () => 1)],
  ['an empty one', sample([33, 68], () => 0)],
  [
    'infinities, zeros of either sign and NaN',
    sample([1, 7], (i) => [Infinity, -Infinity, 0, -0, NaN, 1e-30, -1e-30][i]!),
  ],
])('the masks of %s mark what is above zero', async (_, f) => {
  const want = activeMaskReference(f.values, f.shape[0]!, f.shape[1]!);
  await checkKernel(devices.gpu, {
    inputs: { f },
    record(p, v) {
      const mask = activeMask(p, v.f);
      return { columns: mask.columns, rows: mask.rows };
    },
    want: { columns: equalTo(want.columns), rows: equalTo(want.rows) },
  });
});

test.each([
  [33, 68, 64],
  [64, 5, 64],
  [1030, 3, 1056],
])('the columns of two masks of (%i,%i), %i rows apart, are those of their stack', async (B, F, stride) => {
  const random = seededRandom(B);
  const inputs = { a: sparseSample(random, [B, F]), b: sparseSample(random, [B, F]) };
  const stack = new Float64Array(2 * stride * F);
  stack.set(inputs.a.values);
  stack.set(inputs.b.values, stride * F);
  await checkKernel(devices.gpu, {
    inputs,
    record: (p, v) => ({
      columns: stackedColumns(p, [activeRows(p, v.a), activeRows(p, v.b)], F, stride).columns,
    }),
    want: { columns: equalTo(activeMaskReference(stack, 2 * stride, F).columns) },
  });
});
