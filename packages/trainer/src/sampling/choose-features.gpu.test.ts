import { createTensor, openDevice, ProgramBuilder, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { uploadDictionary, VECTORS, type Dictionary, type Rule } from '../dictionary/dictionary.ts';
import { dictionaryValues, encode } from '../dictionary/encode.ts';
import { normals } from '../random/seeded.ts';
import { chooseFeatures } from './choose-features.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const [ROWS, A, F] = [7, 12, 20];
const RULES: Rule[] = [{ kind: 'standard' }, { kind: 'topk', k: 5 }, { kind: 'jumprelu' }, { kind: 'gated' }];

test.each(RULES)('chosen features are active as in the whole dictionary: $kind', async (rule) => {
  const normal = normals(1, rule.kind.length);
  const values = (size: number) => Float32Array.from({ length: size }, normal);
  const dictionary: Dictionary = {
    ...uploadDictionary(
      gpu,
      'whole',
      { width: A, features: F, preEncoderBias: true },
      {
        encoder: values(F * A),
        decoder: values(F * A),
        decoderBias: values(A),
        vectors: Object.fromEntries(VECTORS[rule.kind].map((name) => [name, values(F)])),
      },
    ),
    rule,
  };
  const wanted = [13, 2, 19];
  const x = createTensor(gpu, 'x', [ROWS, A], values(ROWS * A));
  const chosen = await chooseFeatures(gpu, 'chosen', dictionary, wanted);
  const p = new ProgramBuilder(gpu, 'both');
  const all = p.output(encode(p, p.persistent(x), dictionaryValues(p, dictionary), dictionary));
  const some = p.output(chosen.activations(p, p.persistent(x)));
  await (await p.build()).run();
  const [whole, part] = [await readTensor(gpu, all), await readTensor(gpu, some)];
  // The same sums of 12 terms, in an order that the size of the product may change.
  part.forEach((value, i) => expect(value).toBeCloseTo(whole[Math.floor(i / 3) * F + wanted[i % 3]!]!, 5));
  expect(part.some((value) => value > 0)).toBe(true);
  const decoder = await readTensor(gpu, dictionary.decoder);
  expect([...(await readTensor(gpu, chosen.directions))]).toEqual(
    wanted.flatMap((feature) => [...decoder.subarray(feature * A, (feature + 1) * A)]),
  );
});
