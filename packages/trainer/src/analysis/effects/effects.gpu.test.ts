import {
  crossEntropy,
  openDevice,
  readTensor,
  readTensors,
  createTensor,
  writeTensor,
  type Gpu,
} from '@monosema/engine';
import { watchBuffers } from '@monosema/engine/testing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { siteWidth } from '../../model/sites.ts';
import { forwardFrom, forwardTo, logits } from '../../model/transformer.ts';
import { uniforms } from '../../random/seeded.ts';
import { modelProgram, ContextBatches, type AnalysedModel } from '../analysed-model.ts';
import { median } from '../bins.ts';
import type { ShownActivations } from '../examples/shown-activations.ts';
import { plantedDictionary, plantedModel } from '../testing/planted-model.ts';
import { textOf } from '../testing/planted-text.ts';
import { streamDirections } from './final-map.ts';
import { collect } from '../entries/collect.ts';
import { keptParts } from '../testing/planted.ts';
import { lossRecovered } from '../../dictionary/loss-recovered.ts';
import { measureEffects } from './measure-effects.ts';
import { LogitChanges } from '../examples/logit-changes.ts';
import { LOGITS } from '../examples/wanted.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

const CONTEXT = 8;
const documents = [
  { id: 'd', domain: null, text: Array.from({ length: 90 }, (_, i) => `word${i % 7} ${i * i}`).join(' ') },
];

/** Losses (N), logits (N,V) and the last stream (N,D) of a re-run with other activations. */
async function rerun(
  model: AnalysedModel,
  batches: ContextBatches,
  activations: Float32Array,
): Promise<{ losses: Float32Array; logits: Float32Array; stream: Float32Array }> {
  const { p, values, tokens, targets } = modelProgram(gpu, 're-run', model, batches.tensors);
  const at = forwardTo(p, values, tokens, model.config, model.site);
  const x = p.persistent(
    createTensor(gpu, 'edited', [batches.rows, siteWidth(model.config, model.site)], activations),
  );
  const stream = forwardFrom(p, { ...at, activations: x }, values, tokens, model.config, model.site);
  const predicted = logits(p, stream, values, model.config);
  const loss = p.output(p.apply(crossEntropy, { logits: predicted }, { targets }));
  const kept = p.output(predicted);
  const last = p.output(stream);
  const program = await p.build();
  await program.run();
  const [losses, all, residual] = await readTensors(gpu, [loss, kept, last]);
  const result = { losses, logits: all, stream: residual };
  program.destroy();
  return result;
}

/** 1/σ (N) of the final LayerNorm of a stream (N,D). */
function inverseDeviations({ config }: AnalysedModel, stream: Float32Array): number[] {
  const D = config.dModel;
  return Array.from({ length: stream.length / D }, (_, n) => {
    const row = Float64Array.from(stream.subarray(n * D, (n + 1) * D));
    const mean = row.reduce((sum, value) => sum + value, 0) / D;
    const variance = row.reduce((sum, value) => sum + (value - mean) ** 2, 0) / D;
    return 1 / Math.sqrt(variance + config.layerNormEpsilon);
  });
}

/** Losses (N) of the next token with the activations (N,A) of the site put in by hand. */
async function lossesWith(
  model: AnalysedModel,
  batches: ContextBatches,
  activations: Float32Array,
): Promise<Float32Array> {
  return (await rerun(model, batches, activations)).losses;
}

async function activationsOf(model: AnalysedModel, batches: ContextBatches): Promise<Float32Array> {
  const { p, values, tokens } = modelProgram(gpu, 'activations', model, batches.tensors);
  const x = p.output(forwardTo(p, values, tokens, model.config, model.site).activations);
  const program = await p.build();
  await program.run();
  const result = await readTensor(gpu, x);
  program.destroy();
  return result;
}

/** Random activations of features on tokens of the text, in order, not all of them wanted. */
function randomShown(tokens: number, features: number, count: number, seed: number): ShownActivations {
  const uniform = uniforms(seed);
  const places = Array.from(
    { length: count },
    () => [Math.floor(uniform() * tokens), Math.floor(uniform() * features)] as const,
  );
  const sorted = [...new Set(places.map(([t, j]) => t * features + j))].toSorted((a, b) => a - b);
  const wanted = Uint8Array.from(sorted, () => Math.floor(3 * uniform()));
  return {
    tokens: Uint32Array.from(sorted, (key) => Math.floor(key / features)),
    features: Uint32Array.from(sorted, (key) => key % features),
    values: Float32Array.from(sorted, () => 0.1 + 4 * uniform()),
    wanted,
    logits: new LogitChanges(wanted),
    lossChanges: new Float32Array(sorted.length).fill(NaN),
    above: new Float64Array(features),
  };
}

const watch = () => {};

test.each([
  ['the only layer', { layers: 1 }],
  ['the last of two layers, tied', { layers: 2, layer: 1, tied: true, activation: 'gelu' as const }],
  ["the last MLP's output", { layers: 2, layer: 1, site: 'mlp-output' as const }],
  ['the stream after the last block', { layers: 2, layer: 1, site: 'residual-post' as const }],
])(
  'removing a feature changes losses and logits as a full re-run of the model does, in %s',
  async (_title, options) => {
    const { text, tokenizer } = textOf(documents, CONTEXT);
    const model = plantedModel(gpu, 'A', { vocabulary: tokenizer.size, context: CONTEXT, ...options });
    const width = siteWidth(model.config, model.site);
    const { dictionary } = plantedDictionary(gpu, 'A/1', width, 40);
    const decoder = await readTensor(gpu, dictionary.decoder);
    const { contexts } = text;
    const neurons = {
      directions: await streamDirections(gpu, model, null),
      shown: randomShown(contexts.tokens, model.config.dMlp, 150, 1),
    };
    const sources = [
      ...(model.site.name === 'mlp-activations' ? [neurons] : []),
      {
        directions: await streamDirections(gpu, model, dictionary.decoder),
        shown: randomShown(contexts.tokens, 40, 250, 2),
      },
    ];
    await measureEffects(gpu, model, sources, {
      contexts,
      meanInverseDeviation: 1,
      histogramBins: 4,
      kept: keptParts(),
      watch,
    });

    const batches = new ContextBatches(gpu, contexts, contexts.count);
    for (const batch of batches) batches.load(batch);
    const x = await activationsOf(model, batches);
    const original = await rerun(model, batches, x);
    const uniform = uniforms(3);
    const V = tokenizer.size;
    for (const [s, { shown }] of sources.entries()) {
      for (let i = 0; i < shown.tokens.length; i++)
        expect(Number.isNaN(shown.lossChanges[i]!)).toBe(shown.wanted[i] === 0);
      for (let check = 0; check < 25; check++) {
        const item = Math.floor(uniform() * shown.tokens.length);
        if (shown.wanted[item] === 0) continue;
        const [token, feature, value] = [shown.tokens[item]!, shown.features[item]!, shown.values[item]!];
        const edited = x.slice();
        if (s < sources.length - 1) edited[token * width + feature]! -= value;
        else
          for (let k = 0; k < width; k++) edited[token * width + k]! -= value * decoder[feature * width + k]!;
        const again = await rerun(model, batches, edited);
        expect(
          Math.abs(again.losses[token]! - original.losses[token]! - shown.lossChanges[item]!),
        ).toBeLessThan(1e-4);
        if (shown.wanted[item] !== LOGITS) continue;
        const changes = Array.from(
          { length: V },
          (_, v) => again.logits[token * V + v]! - original.logits[token * V + v]!,
        );
        const mean = changes.reduce((a, b) => a + b, 0) / V;
        const { risen, fallen } = shown.logits.of(item)!;
        for (const [end, sign] of [
          [risen, -1],
          [fallen, 1],
        ] as const) {
          const wanted = changes.toSorted((a, b) => sign * (a - b)).slice(0, 5);
          end.forEach(({ token: v, change }, k) => {
            // Three digits are kept.
            expect(Math.abs(change - (wanted[k]! - mean))).toBeLessThan(1e-4 + 0.005 * Math.abs(change));
            expect(Math.abs(changes[v]! - wanted[k]!)).toBeLessThan(1e-4);
          });
          expect(end).toHaveLength(5);
        }
      }
    }
    // The check is of something: effects are far larger than the tolerance.
    expect(
      Math.max(...sources.at(-1)!.shown.lossChanges.filter((change) => !Number.isNaN(change))),
    ).toBeGreaterThan(0.1);
  },
);

test.each([
  ['an earlier layer', { layers: 2, layer: 0 }],
  ['the stream before the last MLP', { layers: 2, layer: 1, site: 'residual-mid' as const }],
])(
  'for %s no change of loss is given, as its effect does not pass the last norm alone',
  async (_, options) => {
    const { text, tokenizer } = textOf(documents, CONTEXT);
    const model = plantedModel(gpu, 'A', { vocabulary: tokenizer.size, context: CONTEXT, ...options });
    const shown = randomShown(text.contexts.tokens, model.config.dMlp, 20, 1);
    const directions = await streamDirections(gpu, model, null);
    const [effects] = await measureEffects(gpu, model, [{ directions, shown }], {
      contexts: text.contexts,
      meanInverseDeviation: 1,
      histogramBins: 4,
      kept: keptParts(),
      watch,
    });
    expect(shown.lossChanges.every((change) => Number.isNaN(change))).toBe(true);
    expect(shown.logits.of(shown.wanted.indexOf(LOGITS))).toBeNull();
    expect(effects!.weights.of(0).top).toHaveLength(10);
    expect(effects!.linearity.of(0)).toBeNull();
  },
);

test('logit weights agree with float64', async () => {
  const { text, tokenizer } = textOf(documents, CONTEXT);
  const model = plantedModel(gpu, 'A', { vocabulary: tokenizer.size, context: CONTEXT });
  const { dModel: D, dMlp: A, vocabulary: V } = model.config;
  const { dictionary } = plantedDictionary(gpu, 'A/1', A, 12);
  const directions = await streamDirections(gpu, model, dictionary.decoder);
  const shown = randomShown(text.contexts.tokens, 12, 0, 1);
  const [effects] = await measureEffects(gpu, model, [{ directions, shown }], {
    contexts: text.contexts,
    meanInverseDeviation: 0.37,
    histogramBins: 4,
    kept: keptParts(),
    watch,
  });
  const read = (name: string) => readTensor(gpu, model.parameters.get(name)!);
  const [decoder, output, gain, unembedding] = [
    await readTensor(gpu, dictionary.decoder),
    await read('transformer.h.0.mlp.c_proj.weight'),
    await read('transformer.ln_f.weight'),
    await read('lm_head.weight'),
  ];
  for (let j = 0; j < 12; j++) {
    const u = Array.from({ length: D }, (_, d) =>
      Array.from({ length: A }, (_k, k) => decoder[j * A + k]! * output[k * D + d]!).reduce(
        (a, b) => a + b,
        0,
      ),
    );
    const mean = u.reduce((a, b) => a + b, 0) / D;
    const row = Array.from(
      { length: V },
      (_, v) =>
        u.reduce((sum, value, d) => sum + (value - mean) * gain[d]! * unembedding[v * D + d]!, 0) * 0.37,
    );
    const middle = median(row);
    const sorted = row
      .map((value, token) => ({ token, weight: value - middle }))
      .toSorted((a, b) => b.weight - a.weight);
    const { top, bottom } = effects!.weights.of(j);
    top.forEach(({ weight }, i) => expect(weight).toBeCloseTo(sorted[i]!.weight, 5));
    bottom.forEach(({ weight }, i) => expect(weight).toBeCloseTo(sorted.at(-1 - i)!.weight, 5));
    expect(row[top[0]!.token]! - middle).toBeCloseTo(top[0]!.weight, 5);
  }
});

type Side = 0 | 1 | 2;

test('how well activation times logit weight predicts the fall of a logit is the correlation over re-runs', async () => {
  const { text, tokenizer } = textOf(documents, CONTEXT);
  const { contexts } = text;
  const model = plantedModel(gpu, 'A', { vocabulary: tokenizer.size, context: CONTEXT });
  const { dModel: D, dMlp: A, vocabulary: V } = model.config;
  const { dictionary } = plantedDictionary(gpu, 'A/1', A, 3);
  const decoder = await readTensor(gpu, dictionary.decoder);
  const directions = await streamDirections(gpu, model, dictionary.decoder);
  const shown = randomShown(contexts.tokens, 3, 45, 5);
  const scale = 0.37;
  const [effects] = await measureEffects(gpu, model, [{ directions, shown }], {
    contexts,
    meanInverseDeviation: scale,
    histogramBins: 4,
    kept: keptParts(),
    watch,
  });
  const gain = await readTensor(gpu, model.parameters.get('transformer.ln_f.weight')!);
  const unembedding = await readTensor(gpu, model.parameters.get('lm_head.weight')!);
  const batches = new ContextBatches(gpu, contexts, contexts.count);
  for (const batch of batches) batches.load(batch);
  const targets = contexts
    .readBatch(Array.from({ length: contexts.count }, (_, i) => i))
    .filter((_, i) => i % (CONTEXT + 1) > 0);
  const x = await activationsOf(model, batches);
  const original = await rerun(model, batches, x);
  const points: [expected: number, fall: number, slope: number][][] = [[], [], []];
  const STEP = 0.05;
  for (let item = 0; item < shown.tokens.length; item++) {
    if (shown.wanted[item] !== LOGITS) continue;
    const [token, feature, value] = [shown.tokens[item]!, shown.features[item]!, shown.values[item]!];
    const without = (share: number) => {
      const edited = x.slice();
      for (let k = 0; k < A; k++) edited[token * A + k]! -= share * value * decoder[feature * A + k]!;
      return rerun(model, batches, edited);
    };
    const again = await without(1);
    const [less, more] = [await without(STEP), await without(-STEP)];
    const logitWeights = Array.from({ length: V }, (_, v) =>
      Array.from(gain, (g, d) => directions[feature * D + d]! * g * unembedding[v * D + d]!).reduce(
        (a, b) => a + b,
      ),
    );
    const falls = logitWeights.map((_, v) => original.logits[token * V + v]! - again.logits[token * V + v]!);
    const centred = (of: number[]) => of[targets[token]!]! - of.reduce((a, b) => a + b) / V;
    const slopes = falls.map(
      (_, v) => (more.logits[token * V + v]! - less.logits[token * V + v]!) / (2 * STEP),
    );
    points[feature]!.push([value * scale * centred(logitWeights), centred(falls), centred(slopes)]);
  }
  points.forEach((of, feature) => {
    const mean = (side: Side) => of.reduce((sum, point) => sum + point[side], 0) / of.length;
    const moment = (a: Side, b: Side) =>
      of.reduce((sum, point) => sum + (point[a] - mean(a)) * (point[b] - mean(b)), 0);
    const correlation = (a: Side, b: Side) => moment(a, b) / Math.sqrt(moment(a, a) * moment(b, b));
    const { pearson, firstOrder, tokens } = effects!.linearity.of(feature)!;
    expect(tokens).toBe(of.length);
    expect(pearson).toBeCloseTo(correlation(0, 1), 4);
    // Central differences leave the third order, a few thousandths of a slope.
    expect(firstOrder).toBeCloseTo(correlation(2, 1), 2);
    // The approximation is one: it leaves out what the removal does to the norm's scale.
    expect(pearson).toBeLessThan(0.99999);
  });
});

test.each([
  [1, 'few of 40 features', 40, 0],
  [3, 'few of 40 features', 40, 0],
  // More than are listed at once, so that a part is reconstructed after losses were compared for the first time.
  [1, 'all of 100 features', 100, 1],
])(
  'spliced losses agree with re-runs on one context in %i, evenly spaced, with %s active',
  async (every, _title, F, more) => {
    const { text, tokenizer } = textOf(documents, CONTEXT);
    const model = plantedModel(gpu, 'A', { vocabulary: tokenizer.size, context: CONTEXT });
    const A = model.config.dMlp;
    const loaded = plantedDictionary(gpu, 'A/1', A, F);
    const encoderBias = loaded.dictionary.vectors.encoderBias!;
    writeTensor(
      gpu,
      encoderBias,
      (await readTensor(gpu, encoderBias)).map((bias) => bias + more),
    );
    const { contexts } = text;
    const lossTokens = contexts.tokens / every;
    const dictionaries = new Map([['A/1', loaded]]);
    const { losses } = await collect(gpu, model, dictionaries, contexts, lossTokens, keptParts(), watch);
    const batches = new ContextBatches(gpu, contexts, contexts.count);
    for (const batch of batches) batches.load(batch);
    const x = await activationsOf(model, batches);
    const { encoder, decoder, decoderBias } = loaded.dictionary;
    const [we, be, wd, bd] = (await Promise.all(
      [encoder, encoderBias, decoder, decoderBias].map((tensor) => readTensor(gpu, tensor)),
    )) as [Float32Array, Float32Array, Float32Array, Float32Array];
    const reconstruction = x.map(() => 0);
    const mean = new Float64Array(A);
    for (let n = 0; n < contexts.tokens; n++) {
      reconstruction.set(bd, n * A);
      for (let k = 0; k < A; k++) mean[k]! += x[n * A + k]! / contexts.tokens;
      for (let j = 0; j < F; j++) {
        let pre = be[j]!;
        for (let k = 0; k < A; k++) pre += (x[n * A + k]! - bd[k]!) * we[j * A + k]!;
        if (pre > 0) for (let k = 0; k < A; k++) reconstruction[n * A + k]! += pre * wd[j * A + k]!;
      }
    }
    const count = Math.floor(lossTokens / CONTEXT);
    const chosen = (place: number) =>
      Math.floor(((place + 1) * count) / contexts.count) > Math.floor((place * count) / contexts.count);
    const lossOf = async (values: Float32Array) => {
      const all = await lossesWith(model, batches, values);
      const wanted = all.filter((_, n) => chosen(Math.floor(n / CONTEXT)));
      expect(wanted).toHaveLength(losses.tokens);
      return wanted.reduce((sum, value) => sum + value, 0) / wanted.length;
    };
    expect(losses.tokens).toBe(count * CONTEXT);
    expect(losses.original).toBeCloseTo(await lossOf(x), 5);
    expect(losses.zeroAblated).toBeCloseTo(await lossOf(x.map(() => 0)), 5);
    expect(losses.meanAblated).toBeCloseTo(await lossOf(x.map((_, i) => mean[i % A]!)), 5);
    expect(losses.reconstructed.get('A/1')).toBeCloseTo(await lossOf(reconstruction), 4);
    const [before, after] = [await rerun(model, batches, x), await rerun(model, batches, reconstruction)];
    const scales = inverseDeviations(model, before.stream);
    const ofChosen = scales.filter((_, n) => chosen(Math.floor(n / CONTEXT)));
    const meanScale = ofChosen.reduce((sum, scale) => sum + scale, 0) / ofChosen.length;
    expect(losses.inverseDeviation / meanScale).toBeCloseTo(1, 5);
    const V = tokenizer.size;
    const logProbabilities = (all: Float32Array, n: number) => {
      const row = Float64Array.from(all.subarray(n * V, (n + 1) * V));
      const total = Math.log(row.reduce((sum, logit) => sum + Math.exp(logit), 0));
      return row.map((logit) => logit - total);
    };
    const without = await rerun(
      model,
      batches,
      x.map(() => 0),
    );
    let [divergence, zeroDivergence] = [0, 0];
    for (let n = 0; n < contexts.tokens; n++) {
      if (!chosen(Math.floor(n / CONTEXT))) continue;
      const [p, q] = [logProbabilities(before.logits, n), logProbabilities(after.logits, n)];
      const zero = logProbabilities(without.logits, n);
      divergence += p.reduce((sum, value, v) => sum + Math.exp(value) * (value - q[v]!), 0) / losses.tokens;
      zeroDivergence +=
        p.reduce((sum, value, v) => sum + Math.exp(value) * (value - zero[v]!), 0) / losses.tokens;
    }
    expect(losses.divergence.get('A/1')).toBeCloseTo(divergence, 4);
    expect(losses.zeroDivergence).toBeCloseTo(zeroDivergence, 4);
  },
);

test('loss recovered is 1 for the original, 0 for zero-ablation, and nothing where there is nothing to recover', () => {
  expect(lossRecovered({ original: 3, zeroAblated: 5, reconstructed: 3 })).toBe(1);
  expect(lossRecovered({ original: 3, zeroAblated: 5, reconstructed: 5 })).toBe(0);
  expect(lossRecovered({ original: 3, zeroAblated: 5, reconstructed: 6 })).toBe(-0.5);
  expect(lossRecovered({ original: 3, zeroAblated: 2.9, reconstructed: 3 })).toBeNull();
  // The mean alone predicts better than the activations, as in a model of shuffled weights.
  expect(
    lossRecovered({ original: 7.82, zeroAblated: 7.86, meanAblated: 7.8, reconstructed: 7.8 }),
  ).toBeNull();
});

test('a vocabulary of 65,536 is measured with the logits of some rows at a time, as re-runs have it', async () => {
  const { text } = textOf(documents, CONTEXT, [], 136);
  const { contexts } = text;
  const V = 65_536;
  const model = plantedModel(gpu, 'A', { vocabulary: V, context: CONTEXT, dModel: 4, dMlp: 6 });
  const shown = randomShown(contexts.tokens, 6, 24, 4);
  const directions = await streamDirections(gpu, model, null);
  // More rows than have room, so that several windows are looked at.
  expect(4 * V * contexts.tokens).toBeGreaterThan(2 ** 25);
  const buffers = watchBuffers(gpu);
  const { losses } = await collect(gpu, model, new Map(), contexts, contexts.tokens, keptParts(), watch);
  await measureEffects(gpu, model, [{ directions, shown }], {
    contexts,
    meanInverseDeviation: 1,
    histogramBins: 4,
    kept: keptParts(),
    watch,
  });
  buffers.stop();
  const largest = Math.max(...buffers.created.map((place) => ('size' in place ? place.size : 0)));
  expect(largest).toBeLessThanOrEqual(2 ** 25);

  const batches = new ContextBatches(gpu, contexts, contexts.count);
  for (const batch of batches) batches.load(batch);
  const x = await activationsOf(model, batches);
  const original = await lossesWith(model, batches, x);
  expect(losses.original).toBeCloseTo(original.reduce((sum, loss) => sum + loss, 0) / original.length, 4);
  const item = shown.wanted.findLastIndex((wanted) => wanted > 0);
  const [token, feature, value] = [shown.tokens[item]!, shown.features[item]!, shown.values[item]!];
  const edited = x.slice();
  edited[token * 6 + feature]! -= value;
  const again = await lossesWith(model, batches, edited);
  // In the second of two windows.
  expect(token).toBeGreaterThanOrEqual(128);
  expect(again[token]! - original[token]!).toBeCloseTo(shown.lossChanges[item]!, 4);
});
