import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openDevice, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Facts, StageContext } from '../artefacts/stage-context.ts';
import { Interrupted } from '../artefacts/interrupted.ts';
import { loadDictionary } from '../dictionary/dictionary-folder.ts';
import { loadModel } from '../model/model-folder.ts';
import type { Site } from '../model/sites.ts';
import { forwardTo } from '../model/transformer.ts';
import {
  openExams,
  openRecords,
  type DictionaryRecord,
  type Example,
  type FeatureRecord,
} from '../records/index.ts';
import { Contexts } from '../tokens/contexts.ts';
import { TokenShard } from '../tokens/token-shard.ts';
import { analyseStage } from './analyse-stage.ts';
import { ContextBatches, modelProgram } from './analysed-model.ts';
import { plantedRun, WIDTHS } from './testing/planted-run.ts';
import { SpacedContexts } from '../tokens/spaced-contexts.ts';

const T = 8;
const WINDOW = 6;
const DOCUMENTS = Array.from({ length: 12 }, (_, i) => ({
  id: `doc ${i}`,
  domain: i % 3 === 0 ? 'letters' : 'numbers',
  text: Array.from({ length: 40 }, (_word, w) =>
    i % 3 === 0 ? `ab${'cde'[w % 3]}س${40 * i + w}` : `${(40 * i + w) * 7919}`,
  ).join(' '),
}));
const ANALYSIS = {
  evaluationTokens: 800,
  lossTokens: 400,
  topExamples: 6,
  examplesPerInterval: 2,
  window: WINDOW,
  histogramBins: 10,
  domains: [
    { name: 'letters', corpusDomains: ['letters'] },
    { name: 'Arabic', scripts: ['Arabic'] },
  ],
};

const PROGRAM = fileURLToPath(new URL('./testing/analyse-and-die.ts', import.meta.url));
/** Percent at which the analysis is stopped, one attempt after another. */
const STOPS = [5, 67, 93];

const SITE: Site = { name: 'mlp-activations', layer: 0 };

let gpu: Gpu;
let root: string;
let context: Awaited<ReturnType<typeof plantedRun>>;
let facts: Facts;
beforeAll(async () => {
  gpu = await openDevice();
  root = mkdtempSync(join(tmpdir(), 'analysis-'));
  context = await plantedRun(gpu, join(root, 'out'), DOCUMENTS, ANALYSIS);
  facts = await analyseStage(context);
});
afterAll(() => {
  gpu.close();
  rmSync(root, { recursive: true });
});

/** Activations of every feature of A/1 and of the neurons of A, computed densely. */
async function denseActivations(contexts: SpacedContexts) {
  const model = { letter: 'A', site: SITE, ...loadModel(gpu, context.run.model('A')) };
  const batches = new ContextBatches(gpu, contexts, contexts.count);
  for (const batch of batches) batches.load(batch);
  const { p, values, tokens } = modelProgram(gpu, 'reference', model, batches.tensors);
  const tensor = p.output(forwardTo(p, values, tokens, model.config, SITE).activations);
  await (await p.build()).run();
  const x = await readTensor(gpu, tensor);
  const { dictionary } = await loadDictionary(gpu, context.run.dictionary('A/1'), 'A/1');
  const [we, be, bd] = (await Promise.all(
    [dictionary.encoder, dictionary.vectors.encoderBias!, dictionary.decoderBias].map((t) =>
      readTensor(gpu, t),
    ),
  )) as [Float32Array, Float32Array, Float32Array];
  const A = dictionary.width;
  const f = Array.from({ length: dictionary.features }, (_, j) =>
    Array.from({ length: contexts.tokens }, (_token, n) => {
      let pre = be[j]!;
      for (let k = 0; k < A; k++) pre += (x[n * A + k]! - bd[k]!) * we[j * A + k]!;
      return Math.max(0, pre);
    }),
  );
  const neurons = Array.from({ length: A }, (_, k) =>
    Array.from({ length: contexts.tokens }, (_token, n) => x[n * A + k]!),
  );
  return { f, neurons };
}

function rowsOf(matrix: Float32Array, width: number): number[][] {
  return Array.from({ length: matrix.length / width }, (_, i) => [
    ...matrix.subarray(i * width, (i + 1) * width),
  ]);
}

function cosine(a: readonly number[], b: readonly number[]): number {
  return a.reduce((sum, value, k) => sum + value * b[k]!, 0) / (Math.hypot(...a) * Math.hypot(...b));
}

function pearson(a: readonly number[], b: readonly number[]): number {
  const mean = (x: readonly number[]) => x.reduce((sum, value) => sum + value, 0) / x.length;
  const [ma, mb] = [mean(a), mean(b)];
  const dot = (x: readonly number[], mx: number, y: readonly number[], my: number) =>
    x.reduce((sum, value, t) => sum + (value - mx) * (y[t]! - my), 0);
  return dot(a, ma, b, mb) / Math.sqrt(dot(a, ma, a, ma) * dot(b, mb, b, mb));
}

test('every figure of a feature can be computed again from the text', async () => {
  using shard = TokenShard.open(context.run.validationTokens);
  const contexts = new SpacedContexts(new Contexts(shard, T, 'test'), 800);
  expect(contexts.tokens).toBe(800);
  const places = Array.from({ length: contexts.count }, (_, place) => place);
  const ids = contexts.readBatch(places).filter((_, i) => i % (T + 1) < T);
  const { f, neurons } = await denseActivations(contexts);
  const records = openRecords(context.run.records);
  const features: FeatureRecord[] = [];
  for await (const feature of records.features('A/1')) features.push(feature);
  expect(features).toHaveLength(WIDTHS['A/1']);

  const evaluation = JSON.parse(readFileSync(join(context.run.records, 'A/1/evaluation.json'), 'utf8'));
  const { dictionary } = await loadDictionary(gpu, context.run.dictionary('A/1'), 'A/1');
  const [encoder, decoder] = await Promise.all(
    [dictionary.encoder, dictionary.decoder].map(async (tensor) =>
      rowsOf(await readTensor(gpu, tensor), dictionary.width),
    ),
  );
  for (const feature of features) {
    const values = f[feature.index]!;
    const active = values.flatMap((value, token) => (value > 0 ? [token] : []));
    const others = (rows: number[][]) => rows.filter((_, j) => j !== feature.index);
    const nearest = (rows: number[][]) =>
      Math.max(0, ...others(rows).map((row) => cosine(row, rows[feature.index]!)));
    const detail = evaluation.eval_result_details[feature.index];
    expect(detail.feature_density).toBe(active.length / 800);
    expect(detail.consistent_activation_heuristic).toBe(
      active.length === 0 ? -1 : active.length / new Set(active.map((token) => Math.floor(token / T))).size,
    );
    expect(detail.encoder_norm).toBeCloseTo(Math.hypot(...encoder![feature.index]!), 5);
    expect(detail.encoder_decoder_cosine_sim).toBeCloseTo(
      cosine(encoder![feature.index]!, decoder![feature.index]!),
      5,
    );
    expect(detail.max_encoder_cosine_sim).toBeCloseTo(nearest(encoder!), 5);
    expect(detail.max_decoder_cosine_sim).toBeCloseTo(nearest(decoder!), 5);
    const max = Math.max(...values);
    expect(feature.activeTokens).toBe(active.length);
    expect(feature.maxActivation).toBeCloseTo(max, 4);
    if (active.length === 0) {
      expect(feature.exampleGroups).toEqual([]);
      continue;
    }
    expect(feature.meanActivation).toBeCloseTo(
      active.reduce((sum, token) => sum + values[token]!, 0) / active.length,
      4,
    );
    expect(feature.histogram.counts.reduce((a, b) => a + b, 0)).toBe(active.length);

    const ofKind = (kind: string) => feature.exampleGroups.filter((group) => group.kind === kind);
    const byContext = new Map<number, number>();
    for (const token of active) {
      const best = byContext.get(Math.floor(token / T));
      if (best === undefined || values[token]! > values[best]!) byContext.set(Math.floor(token / T), token);
    }
    const twenty = [...byContext.values()].toSorted((a, b) => values[b]! - values[a]!).slice(0, 20);
    // Twenty are looked at though six are shown.
    if (twenty.length === 20)
      expect(feature.singleToken).toBe(twenty.every((token) => ids[token] === ids[twenty[0]!]));
    const [top] = ofKind('top');
    const intervals = ofKind('interval');
    const best = new Map<number, number>();
    for (const token of active)
      best.set(Math.floor(token / T), Math.max(best.get(Math.floor(token / T)) ?? 0, values[token]!));
    const wanted = [...best.values()].toSorted((a, b) => b - a).slice(0, 6);
    const shown = top!.examples.map(({ activations, at }) => activations[at]!);
    wanted.forEach((value) =>
      expect(shown.some((activation) => Math.abs(activation - value) < 1e-3)).toBe(true),
    );
    expect(shown).toHaveLength(Math.min(6, active.length));
    expect(shown).toEqual(shown.toSorted((a, b) => b - a));
    // Too rare a feature shows its strongest alone.
    expect(intervals).toHaveLength(active.length < 20 ? 0 : 11);
    if (intervals.length > 0) {
      const counted = intervals.map(({ activeTokens }) => activeTokens).reduce((a, b) => a + b, 0);
      expect(counted).toBe(active.length);
      const sorted = active.map((token) => values[token]!).toSorted((a, b) => a - b);
      intervals.forEach(({ level, activeTokens, examples }) => {
        // All active tokens are in the sample of 1,000, so its levels are those of all.
        const far = (value: number) => Math.abs(value - (1 - level! / 10) * max);
        const nearest = sorted.toSorted((a, b) => far(a) - far(b)).slice(0, 2);
        const got = examples.map(({ activations, at }) => activations[at]!);
        expect(got).toHaveLength(activeTokens === 0 ? 0 : 2);
        got.forEach((value) => expect(far(value)).toBeLessThan(far(nearest[1]!) + 1e-3));
      });
      const [bottom] = ofKind('bottom');
      const weakest = bottom!.examples.map(({ activations, at }) => activations[at]!);
      weakest.toReversed().forEach((value, i) => expect(value).toBeCloseTo(sorted[i]!, 3));
      expect(ofKind('random')[0]!.examples.every(({ activations, at }) => activations[at]! > 0)).toBe(true);
    }
    const seen = new Set<string>();
    for (const { tokens, at, duplicate } of feature.exampleGroups.flatMap(({ examples }) => examples)) {
      const text = `${tokens.join()} ${at}`;
      expect(duplicate).toBe(seen.has(text));
      seen.add(text);
    }

    for (const example of feature.exampleGroups.flatMap(({ examples }) => examples)) {
      expect(example.tokens).toHaveLength(WINDOW);
      const start = findStart(example, ids, values);
      example.activations.forEach((value, i) => expect(value).toBeCloseTo(values[start + i]!, 3));
      const document = shard.documentAt(contexts.positionOf(start + example.at));
      expect([example.document, example.domain]).toEqual([document.id, document.domain]);
      example.lossChange.forEach((change, i) => {
        const before = start + i - 1;
        const fires = Math.floor(before / T) === Math.floor((start + i) / T) && (values[before] ?? 0) > 0;
        expect(change === null).toBe(!fires);
      });
    }

    for (const { domain, activeTokens, topHalfTokens } of feature.domains) {
      const here = active.filter((token) => shard.documentAt(contexts.positionOf(token)).domain === domain);
      expect(activeTokens).toBe(here.length);
      expect(topHalfTokens).toBe(here.filter((token) => values[token]! > max / 2).length);
    }
    const correlations = neurons.map((neuron) => pearson(values, neuron));
    for (const { neuron, pearson: found } of feature.correlatedNeurons)
      expect(found).toBeCloseTo(correlations[neuron]!, 4);
    expect(feature.correlatedNeurons[0]!.pearson).toBeCloseTo(
      Math.max(...correlations.filter((c) => !Number.isNaN(c))),
      4,
    );
  }
});

/** The evaluation token that an example begins with: where its tokens stand and the feature is as strong. */
function findStart(example: Example, ids: Uint32Array, values: readonly number[]): number {
  for (let start = 0; start + WINDOW <= ids.length; start++) {
    const same = (i: number) =>
      ids[start + i] === example.tokens[i] && Math.abs(values[start + i]! - example.activations[i]!) < 1e-3;
    if ((start % T) + WINDOW <= T && example.tokens.every((_, i) => same(i))) return start;
  }
  throw new Error('the example is nowhere in the text');
}

test('the records of the whole study agree with each other', async () => {
  const records = openRecords(context.run.records);
  const study = records.study();
  expect(study.dictionaries).toEqual(['A/0', 'A/1', 'A/2', 'A/neurons', 'B/1', 'B/neurons', 'R/1']);
  expect(study.models.map(({ id, shuffleOf }) => [id, shuffleOf])).toEqual([
    ['A', null],
    ['B', null],
    ['R', 'A'],
  ]);
  expect(study.universality.map(({ from, to }) => [from, to])).toEqual([
    ['A/1', 'B/1'],
    ['A/neurons', 'B/neurons'],
  ]);
  expect(study.models[0]!.history.length).toBeLessThan(300);
  expect(study.models[0]!.history.at(-1)!.step).toBe(900);
  // What is published says nothing of the machine it was made on.
  expect(JSON.stringify(study)).not.toContain('/somewhere/private');
  expect(facts['evaluationTokens']).toBe(800);

  const found = new Map<string, DictionaryRecord>();
  for (const id of study.dictionaries) {
    const record = records.dictionary(id);
    found.set(id, record);
    const { activeTokens, childCount, parentCount } = await records.columns(id, [
      'activeTokens',
      'childCount',
      'parentCount',
    ]);
    expect(record.l0).toBeCloseTo(activeTokens.reduce((sum, count) => sum + count, 0) / 800, 9);
    expect(record.deadFeatures).toBe(activeTokens.filter((count) => count === 0).length);
    if (!['A/0', 'A/1'].includes(id)) expect(childCount.every((count) => count === 0)).toBe(true);
    if (!['A/1', 'A/2'].includes(id)) expect(parentCount.every((count) => count === 0)).toBe(true);
    const evaluation = JSON.parse(readFileSync(join(context.run.records, id, 'evaluation.json'), 'utf8'));
    expect(evaluation.eval_result_metrics.sparsity.l0).toBe(record.l0);
    expect(evaluation.eval_result_details).toHaveLength(record.features);
    expect(record.kind).toBe(id.endsWith('neurons') ? 'neurons' : id === 'R/1' ? 'control' : 'dictionary');
    expect(record.losses === null).toBe(record.kind === 'neurons');
    // A language model may be asked later about every feature that a rule explains.
    const exams = await openExams(context.run.records, id);
    expect(exams.features).toBe(record.features);
    for await (const { index, explanations, maxActivation } of records.features(id)) {
      const exam = await exams.of(index);
      expect(exam === null).toBe(explanations.length === 0);
      if (exam !== null) expect(exam).toMatchObject({ max: maxActivation, test: expect.any(Array) });
    }
  }
  expect(
    new Set([...found.values()].flatMap(({ losses }) => (losses === null ? [] : [losses.tokens]))),
  ).toEqual(new Set([400]));

  const finer: FeatureRecord[] = [];
  for await (const feature of records.features('A/2')) finer.push(feature);
  for await (const feature of records.features('A/1')) {
    for (const { feature: child, similarity } of feature.children) {
      expect(finer[child]!.parents).toContainEqual(
        expect.objectContaining({ dictionary: 'A/1', feature: feature.index, similarity }),
      );
    }
    if (feature.activeTokens > 0)
      expect(feature.twins.map(({ dictionary }) => dictionary)).toEqual(['B/1', 'B/1', 'B/1']);
  }
  expect(context.said.join('\n')).toContain('letters');
  // Nothing temporary is left among the records.
  const left = readdirSync(context.run.records, { recursive: true }) as string[];
  const published = left.filter((name) => !name.startsWith('checkpoint'));
  expect(published.filter((name) => /partial|tmp|counts|values|A-1/.test(name))).toEqual([]);
});

/** Every file of the records, but for what says how long it took. */
function recordsIn(folder: string): Map<string, string> {
  const names = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.parentPath.startsWith(join(folder, 'checkpoint')))
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
  return new Map(
    names.map((name) => {
      const text = readFileSync(join(folder, name), name.endsWith('json') ? 'utf8' : 'latin1');
      return [name, name === 'study.json' ? text.replaceAll(/"seconds": [^\n]*/g, '') : text];
    }),
  );
}

/** Runs the analysis until so many percent are done, as a user who stops it then. */
async function stopAt(of: StageContext, percent: number): Promise<void> {
  const controller = new AbortController();
  const progress = ({ done }: { done: number }) => {
    if (done >= percent) controller.abort(new Interrupted());
  };
  await expect(analyseStage({ ...of, signal: controller.signal, progress })).rejects.toThrow(Interrupted);
}

test('killed and stopped again and again, and with damaged files, it ends with the same records', async () => {
  const folder = join(root, 'broken');
  const arguments_ = [folder, JSON.stringify(DOCUMENTS), JSON.stringify(ANALYSIS)];
  const killed = spawnSync(process.execPath, [PROGRAM, ...arguments_, '2'], { encoding: 'utf8' });
  expect(killed.signal, killed.stderr).toBe('SIGKILL');
  const checkpoint = join(folder, 'records', 'checkpoint');
  const broken = await plantedRun(gpu, folder, DOCUMENTS, ANALYSIS);
  const kept = () => readdirSync(checkpoint).toSorted();
  expect(kept()).toContain('activations-of-A.safetensors');
  // What was computed before the kill is not computed again, and a bit that flipped on the disk is noticed.
  const entries = join(checkpoint, 'A-1.values');
  const bytes = readFileSync(entries);
  bytes[5]! ^= 1;
  writeFileSync(entries, bytes);
  for (const percent of STOPS) await stopAt(broken, percent);
  expect(broken.said[0]).toMatch(
    /^analyze: expected the activations of A\/1 as they were written, got damaged files \(.*A-1\.values.*\); measuring activations of A again$/,
  );
  expect(kept()).toContain('features-of-A-neurons.safetensors');
  truncateSync(join(checkpoint, 'effects-of-A.safetensors'), 1000);
  rmSync(join(folder, 'records', 'A', 'neurons', 'features.parquet'));
  await analyseStage(broken);
  const said = broken.said.join('\n');
  expect(said).toMatch(
    /effects-of-A\.safetensors as it was written, got a damaged file \(.+\); measuring effects of A again/,
  );
  expect(said).toMatch(/expected the records of A\/neurons as they were written, got others/);
  expect(recordsIn(broken.run.records)).toEqual(recordsIn(context.run.records));
});

test('a stop that the user asks for ends the analysis between batches', async () => {
  const controller = new AbortController();
  let calls = 0;
  const checkpoint = mkdtempSync(join(root, 'checkpoint-'));
  const stopping: StageContext = {
    ...context,
    checkpoint,
    signal: controller.signal,
    progress: () => {
      calls += 1;
      controller.abort(new Interrupted());
    },
  };
  await expect(analyseStage(stopping)).rejects.toThrow(Interrupted);
  expect(calls).toBe(1);
});
