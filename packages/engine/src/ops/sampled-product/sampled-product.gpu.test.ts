import { test } from 'vitest';
import {
  assertWithinRoundings,
  runRecorded,
  sample,
  seededRandom,
  sparseSample,
  Sums,
} from '../../testing/index.ts';
import { openProofDevices, prove } from '../../testing/prove.ts';
import { activeMask } from '../active-mask/active-mask.ts';
import { rowOf } from '../row-adam/parts.reference.ts';
import { sampledProduct } from './sampled-product.ts';
import { proofs } from './sampled-product.proof.ts';

const devices = await openProofDevices();
const { gpu } = devices;
prove(proofs, devices);

test('columns of different groups meet different rows of d, and h is written where it is asked for', async () => {
  const random = seededRandom(4);
  const [rows, features, width] = [7, 70, 5];
  const groups = [7, 31, features];
  const f = sparseSample(random, [rows, features]);
  const d = sample([groups.length * 9, width], random.normal);
  const w = sample([features, width], random.normal);
  const h = sample([rows, features], () => 5);
  const got = await runRecorded(gpu, { d, w, f, h }, (p, v) => {
    const options = { into: v.h, parts: { first: 9, groups } };
    return sampledProduct(p, v.d, v.w, v.f, activeMask(p, v.f), options);
  });
  const row = rowOf({ first: 9, second: 0, groups });
  const want = new Sums(rows * features);
  f.values.forEach((value, i) => {
    const [b, j] = [Math.floor(i / features), i % features];
    if (!(value > 0)) return want.add(i, 5);
    for (let c = 0; c < width; c++) want.add(i, d.values[row(b, j) * width + c]! * w.values[j * width + c]!);
  });
  assertWithinRoundings('h', [rows, features], got.h, want, width + 2);
});
