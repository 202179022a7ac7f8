import { openDevice, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { forwardTo } from '../../model/transformer.ts';
import { ContextBatches, modelProgram } from '../analysed-model.ts';
import { plantedDictionary, plantedModel } from '../testing/planted-model.ts';
import { textOf } from '../testing/planted-text.ts';
import { keptParts } from '../testing/planted.ts';
import { collect } from './collect.ts';
import { explainedVariance } from '../../dictionary/explained-variance.ts';

let gpu: Gpu;
beforeAll(async () => {
  gpu = await openDevice();
});
afterAll(() => gpu.close());

test('entries on disk are the activations of every dictionary and of the neurons on every token', async () => {
  // 67 contexts: more than a batch, and the last batch is not full.
  const documents = [
    { id: 'd', domain: null, text: Array.from({ length: 260 }, (_, i) => `w${i % 9} ${i * 37}`).join(' ') },
  ];
  const { text, tokenizer } = textOf(documents, 8, [], 67 * 8);
  const { contexts } = text;
  expect(contexts.count).toBe(67);
  const model = plantedModel(gpu, 'A', { vocabulary: tokenizer.size, context: 8 });
  const A = model.config.dMlp;
  const dictionaries = new Map(
    [3, 70].map((features, i) => [`A/${i}`, plantedDictionary(gpu, `A/${i}`, A, features)]),
  );
  const done: number[] = [];
  const { sources, activations, meanInverseDeviation } = await collect(
    gpu,
    model,
    dictionaries,
    contexts,
    100,
    keptParts(),
    (tokens) => done.push(tokens),
  );
  expect(sources.map(({ id, features }) => [id, features])).toEqual([
    ['A/neurons', A],
    ['A/0', 3],
    ['A/1', 70],
  ]);
  expect(done.at(-1)).toBe(67 * 8);
  expect(done.length).toBeGreaterThan(1);

  const batches = new ContextBatches(gpu, contexts, 67);
  for (const batch of batches) batches.load(batch);
  const { p, values, tokens } = modelProgram(gpu, 'reference', model, batches.tensors);
  const tensor = p.output(forwardTo(p, values, tokens, model.config, model.site).activations);
  await (await p.build()).run();
  const x = await readTensor(gpu, tensor);
  // Of each token, the squared distance from the mean of those that were computed with it: 64 contexts, then 3.
  const deviations = [
    ...deviationsOf(x.subarray(0, 64 * 8 * A), A),
    ...deviationsOf(x.subarray(64 * 8 * A), A),
  ];
  for (const source of sources) {
    const loaded = dictionaries.get(source.id)?.dictionary;
    const [we, be, wd, bd] = loaded
      ? await Promise.all(
          [loaded.encoder, loaded.vectors.encoderBias!, loaded.decoder, loaded.decoderBias].map((t) =>
            readTensor(gpu, t),
          ),
        )
      : [];
    let [error, cosines, ratios, explained] = [0, 0, 0, 0];
    let worst = 0;
    let sum = 0;
    const active = new Float64Array(source.features);
    for (const piece of source.entries.pieces(50)) {
      for (let row = 0; row < piece.rows; row++) {
        const n = piece.first + row;
        const found = new Float64Array(source.features);
        for (let e = piece.offsets[row]!; e < piece.offsets[row + 1]!; e++)
          found[piece.features[e]!] = piece.values[e]!;
        const reconstruction = bd ? Float64Array.from(bd) : null;
        for (let j = 0; j < source.features; j++) {
          let f = x[n * A + j]!;
          if (we && be && bd) {
            f = be[j]!;
            for (let k = 0; k < A; k++) f += (x[n * A + k]! - bd[k]!) * we[j * A + k]!;
          }
          worst = Math.max(worst, Math.abs(found[j]! - Math.max(0, f)));
          if (found[j]! > 0) active[j]! += 1;
          sum += found[j]!;
          if (reconstruction && wd)
            for (let k = 0; k < A; k++) reconstruction[k]! += found[j]! * wd[j * A + k]!;
        }
        if (reconstruction) {
          const off = reconstruction.reduce((total, value, k) => total + (value - x[n * A + k]!) ** 2, 0);
          error += off;
          explained += 1 - off / deviations[n]!;
          const own = x.subarray(n * A, (n + 1) * A);
          const dot = own.reduce((total, value, k) => total + value * reconstruction[k]!, 0);
          const [norm, other] = [Math.hypot(...own), Math.hypot(...reconstruction)];
          cosines += dot / (norm * other);
          ratios += other / norm;
        }
      }
    }
    expect(worst).toBeLessThan(1e-4);
    expect(source.sums.active).toEqual(active);
    expect(source.sums.l1).toBeCloseTo(sum / (67 * 8), 6);
    if (source.reconstruction === null) expect(source.kind).toBe('neurons');
    else {
      const { squaredError, cosine, cosineRows, shrinkage, shrinkageRows } = source.reconstruction;
      expect(squaredError / error).toBeCloseTo(1, 5);
      expect(source.reconstruction.explainedRows).toBe(67 * 8);
      expect(source.reconstruction.explained / explained).toBeCloseTo(1, 5);
      expect([cosineRows, shrinkageRows]).toEqual([67 * 8, 67 * 8]);
      expect(cosine / cosines).toBeCloseTo(1, 5);
      expect(shrinkage / ratios).toBeCloseTo(1, 5);
    }
  }
  expect(activations.tokens).toBe(67 * 8);
  expect(explainedVariance(activations, 0)).toBe(1);
  expect(meanInverseDeviation).toBeGreaterThan(0);
});

/** Of each row of x (N,A), its squared distance from the mean of them all. */
function deviationsOf(x: Float32Array, width: number): number[] {
  const rows = Array.from({ length: x.length / width }, (_, row) =>
    x.subarray(row * width, (row + 1) * width),
  );
  const mean = Array.from(
    { length: width },
    (_, k) => rows.reduce((sum, row) => sum + row[k]!, 0) / rows.length,
  );
  return rows.map((row) => row.reduce((sum, value, k) => sum + (value - mean[k]!) ** 2, 0));
}
