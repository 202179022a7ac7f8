import { createTensor, openDevice, ProgramBuilder, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { dictionaryValues, encode } from '../../dictionary/encode.ts';
import { createBatch, setBatch } from '../../model/training-program.ts';
import { forwardFrom, forwardTo, logits } from '../../model/transformer.ts';
import { continueTexts, draw, softmax } from '../../sampling/continue-text.ts';
import { SteeredModel } from '../../sampling/steered-model.ts';
import { plantedDictionary, plantedModel } from '../testing/planted-model.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const V = 40;
const T = 8;
const FEATURES = 20;
const SITE = { name: 'mlp-activations', layer: 0 } as const;
const TOKENS = [5, 17, 3, 39, 0, 12, 12, 7];

async function parts() {
  const model = plantedModel(gpu, 'A', { vocabulary: V, context: T });
  const { dictionary } = plantedDictionary(gpu, 'A/1', model.config.dMlp, FEATURES);
  return { model, dictionary };
}

/** Logits (T,V) of a text whose activations are changed on the host. */
async function byHand(change: (x: Float32Array, f: Float32Array) => Float32Array): Promise<Float32Array> {
  const { model, dictionary } = await parts();
  const { config, parameters } = model;
  const batch = createBatch(gpu, 1, T, V);
  setBatch(gpu, batch, Uint32Array.from([...TOKENS, 0]));
  const build = (p: ProgramBuilder) => {
    const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
    const tokens = { tokens: p.persistent(batch.tokens), order: null, starts: null, context: T };
    return { values, tokens, at: forwardTo(p, values, tokens, config, SITE) };
  };
  const p = new ProgramBuilder(gpu, 'activations');
  const first = build(p);
  const f = p.output(encode(p, first.at.activations, dictionaryValues(p, dictionary), dictionary));
  const x = p.output(first.at.activations);
  await (await p.build()).run();
  const changed = change(await readTensor(gpu, x), await readTensor(gpu, f));
  const q = new ProgramBuilder(gpu, 'the rest');
  const rest = build(q);
  const given = q.persistent(createTensor(gpu, 'changed', x.shape, changed));
  const residual = forwardFrom(q, { ...rest.at, activations: given }, rest.values, rest.tokens, config, SITE);
  const out = q.output(logits(q, residual, rest.values, config));
  await (await q.build()).run();
  return readTensor(gpu, out);
}

test('holding features changes the logits as changing the activations by hand does', async () => {
  const { model, dictionary } = await parts();
  const decoder = await readTensor(gpu, dictionary.decoder);
  const width = model.config.dMlp;
  const held = [
    { feature: 4, value: 3 },
    { feature: 11, value: 0.5 },
  ];
  const want = await byHand((x, f) =>
    x.map((value, i) => {
      const [row, k] = [Math.floor(i / width), i % width];
      return held.reduce(
        (sum, { feature, value: pin }) =>
          sum + (pin - f[row * FEATURES + feature]!) * decoder[feature * width + k]!,
        value,
      );
    }),
  );
  const steered = await SteeredModel.build(gpu, model, [{ id: 'A/1', dictionary, features: [4, 11] }], 2, 4);
  const pins = held.map(({ value }, place) => ({ dictionary: 0, place, value }));
  const got = await steered.predict([
    { tokens: TOKENS, pins: [], after: [2] },
    { tokens: TOKENS, pins, after: [0, 7] },
  ]);
  // Products of 24 and 16 terms in float32, a model of logits of about 1.
  const close = (row: Float32Array, place: number, of: Float32Array) =>
    row.forEach((value, v) => expect(value).toBeCloseTo(of[place * V + v]!, 4));
  close(got[0]!, 2, await byHand((x) => x));
  close(got[1]!, 0, want);
  close(got[2]!, 7, want);
  expect(got[1]!.some((value, v) => Math.abs(value - got[0]![v]!) > 0.1)).toBe(true);
  steered.destroy();
});

test('a text goes on the same with the same seed, past the context, and differently with a feature held', async () => {
  const { model, dictionary } = await parts();
  const steered = await SteeredModel.build(gpu, model, [{ id: 'A/1', dictionary, features: [4] }], 2, 2);
  const go = async (value: number | null, seed: number) =>
    (
      await continueTexts(
        steered,
        [{ tokens: [5], pins: value === null ? [] : [{ dictionary: 0, place: 0, value }], seed }],
        20,
        () => {},
      )
    )[0]!;
  const plain = await go(null, 1);
  expect(plain).toHaveLength(20);
  expect(await go(null, 1)).toEqual(plain);
  expect(await go(null, 2)).not.toEqual(plain);
  expect(await go(30, 1)).not.toEqual(plain);
  steered.destroy();
});

test('tokens are drawn by their probabilities', () => {
  const row = Float32Array.of(Math.log(1), Math.log(2), Math.log(5));
  expect([...softmax(row)].map((value) => value.toFixed(6))).toEqual(['0.125000', '0.250000', '0.625000']);
  expect([0, 0.12, 0.13, 0.37, 0.38, 0.9999999].map((at) => draw(row, at))).toEqual([0, 0, 1, 1, 2, 2]);
});

test('more places than the model was built for are refused', async () => {
  const { model, dictionary } = await parts();
  const steered = await SteeredModel.build(gpu, model, [{ id: 'A/1', dictionary, features: [4] }], 1, 1);
  await expect(steered.predict([{ tokens: TOKENS, pins: [], after: [0, 1] }])).rejects.toThrow(
    'expected at most 1 sequences and 1 places, got 1 and 2',
  );
  steered.destroy();
});
