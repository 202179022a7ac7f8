import { test } from 'vitest';
import { checkKernel, equalTo, sample, type Sample } from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { activeMask } from './active-mask.ts';
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
