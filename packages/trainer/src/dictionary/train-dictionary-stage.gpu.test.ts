import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { harvestStage } from '../activations/harvest-stage.ts';
import { runFolder, type RunFolder } from '../artefacts/run-folder.ts';
import { readSafetensors } from '../artefacts/safetensors.ts';
import { checkStudy } from '../config/check-study.ts';
import type { Study } from '../config/schema.ts';
import { checkpointsIn } from '../model/checkpoint.ts';
import { runTinyStage, stopAt, tinyStudy, tokenizedRun, writeCorpus } from '../model/testing/tiny-run.ts';
import { trainModelStage } from '../model/train-model-stage.ts';
import { rowNorms } from './testing/planted-vectors.ts';
import { loadDictionary } from './dictionary-folder.ts';
import { trainDictionaryStage } from './train-dictionary-stage.ts';

interface Facts {
  readonly dictionaries: Record<
    string,
    {
      readonly features: number;
      readonly activationScale: number;
      readonly resamplings: { step: number; features: number }[];
      readonly windows: object[];
      readonly validations: object[];
      readonly history: { step: number; reconstruction: number; l0: number }[];
    }
  >;
}

type Line = Readonly<Record<string, unknown>> & { readonly step: number };

let root: string;
let study: Study;
let gpu: Gpu;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'monosema-dictionary-'));
  writeCorpus(join(root, 'corpus.jsonl'));
  study = tinyStudy(join(root, 'corpus.jsonl'));
  gpu = await openDevice();
});
afterAll(() => {
  gpu.close();
  rmSync(root, { recursive: true });
});

/** A run whose model is trained. */
async function modelled(name: string): Promise<RunFolder> {
  const run = await tokenizedRun(root, name, study, gpu);
  await runTinyStage(trainModelStage, study, run, gpu);
  return run;
}

const train = (run: RunFolder, change: object = {}, of: Study = study): Promise<Facts> =>
  runTinyStage(trainDictionaryStage, of, run, gpu, {
    folder: run.dictionaries('A'),
    ...change,
  }) as unknown as Promise<Facts>;

const files = (run: RunFolder): Buffer[] =>
  ['A/0', 'A/1'].flatMap((id) =>
    ['sae_weights.safetensors', 'sparsity.safetensors', 'cfg.json'].map((name) =>
      readFileSync(join(run.dictionary(id), name)),
    ),
  );

/** Steps of the newest checkpoint. */
const stepOf = (run: RunFolder): number =>
  checkpointsIn(join(run.root, 'checkpoint'), 'dictionaries')[0]!.step;

describe('training dictionaries', () => {
  it('that is stopped and resumed, on another device too, ends with the same bits and the same facts', async () => {
    const whole = await modelled('whole');
    const facts = await train(whole);
    // Otherwise there would be nothing hard to resume.
    const { resamplings } = facts.dictionaries['A/1']!;
    expect(resamplings.map(({ step }) => step)).toEqual([8, 16]);
    expect(resamplings.every(({ features }) => features > 0)).toBe(true);

    const broken = await modelled('broken');
    // Before the first step, where a window closes and features are resampled, and in the middle of another.
    for (const [stop, at] of [
      [0, 0],
      [8, 8],
      [5, 13],
    ] as const) {
      await expect(train(broken, stopAt(stop))).rejects.toThrow('interrupted');
      expect(stepOf(broken)).toBe(at);
    }
    // The newest is damaged: the one before is as good.
    const newest = join(broken.root, 'checkpoint', 'dictionaries-13.safetensors');
    const bytes = readFileSync(newest);
    bytes[bytes.length - 1000]! ^= 4;
    writeFileSync(newest, bytes);
    const said: string[] = [];
    gpu.close();
    gpu = await openDevice();
    expect(await train(broken, { say: (line: string) => said.push(line) })).toEqual(facts);
    expect(said[0]).toMatch(/^checkpoint of step 13: .+; going on from the one before, of step 8$/);
    for (const [i, file] of files(broken).entries()) expect(file.equals(files(whole)[i]!)).toBe(true);
  });

  it('on activations from files, stopped and resumed, ends with the same bits, and needs no model', async () => {
    const harvested = await modelled('harvested');
    const folder = join(harvested.root, 'shards');
    await runTinyStage((context) => harvestStage(context, 8192), study, harvested, gpu, { folder });
    const shards = [{ model: 'A', path: folder }];
    const of: Study = { ...study, dictionaries: { ...study.dictionaries, shards } };
    const [whole, broken] = ['from-files', 'from-files-broken'].map((name) => runFolder(join(root, name)));
    const facts = await train(whole!, {}, of);
    expect(facts.dictionaries['A/1']!.history.at(-1)!.step).toBe(24);
    for (const stop of [0, 9, 5])
      await expect(train(broken!, stopAt(stop), of)).rejects.toThrow('interrupted');
    expect(await train(broken!, {}, of)).toEqual(facts);
    for (const [i, file] of files(broken!).entries()) expect(file.equals(files(whole!)[i]!)).toBe(true);
    // All 768 vectors are used: one more batch is too many.
    const greedy = { ...of, dictionaries: { ...of.dictionaries, vectors: 25 * 32 } };
    await expect(train(runFolder(join(root, 'greedy')), {}, greedy)).rejects.toThrow(
      `${folder}: expected 800 vectors used once each, got 768; lower dictionaries.vectors or add files`,
    );
    const elsewhere: Study = { ...of, dictionaries: { ...of.dictionaries, site: 'mlp-output' } };
    await expect(train(runFolder(join(root, 'elsewhere')), {}, elsewhere)).rejects.toThrow(
      `${folder}: expected activations of blocks.0.hook_mlp_out, as dictionaries.site and layer say, got those of blocks.0.mlp.hook_post`,
    );
  });

  it('leaves unit decoder rows, densities of the last window, and a history', async () => {
    const run = await modelled('facts');
    const { dictionaries } = await train(run);
    expect(Object.keys(dictionaries)).toEqual(['A/0', 'A/1']);
    for (const [id, { features, history }] of Object.entries(dictionaries)) {
      expect(features).toBe(id === 'A/0' ? 16 : 64);
      expect(history.map(({ step }) => step)).toEqual([10, 20, 24]);
      using weights = readSafetensors(join(run.dictionary(id), 'sae_weights.safetensors'));
      for (const norm of rowNorms(weights.readFloat32('W_dec'), 16)) expect(norm).toBeCloseTo(1, 6);
      using sparsity = readSafetensors(join(run.dictionary(id), 'sparsity.safetensors'));
      const counts = sparsity.readFloat32('sparsity').map((log) => 128 * 10 ** log);
      // Shares of the 128 vectors of a window are whole counts.
      for (const count of counts) expect(Math.abs(count - Math.round(count))).toBeLessThan(1e-4);
      expect(Math.max(...counts)).toBeGreaterThan(0);
      expect(Math.max(...counts)).toBeLessThanOrEqual(128);
    }
  });

  it('logs what it measures: every step that is read, every window, what was resampled, and held-out text', async () => {
    const run = await modelled('logged');
    let seconds = 0;
    const { dictionaries } = await train(run, { now: () => 1000 * seconds++ });
    const lines = readFileSync(join(run.dictionary('A/1'), 'metrics.jsonl'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Line);
    const of = (event: string): Line[] => lines.filter((line) => line['event'] === event);
    expect(of('step').map(({ step }) => step)).toEqual([10, 20, 24]);
    for (const line of of('step')) {
      const { loss, reconstruction, sparsity, lambda, dead, live, explainedVariance } = line;
      expect(Number(reconstruction) + Number(lambda) * Number(sparsity)).toBeCloseTo(Number(loss), 4);
      expect(Number(dead) + Number(live)).toBe(64);
      // Vectors of a mean norm of √16, so their variance is at most about 16.
      expect(Number(reconstruction) / (1 - Number(explainedVariance))).toBeLessThan(20);
    }
    // The clock gives a second a step.
    expect(of('step').map(({ vectorsPerSecond }) => vectorsPerSecond)).toEqual([null, 32, 80]);
    expect(of('window').map(({ step, vectors }) => [step, vectors])).toEqual(
      [4, 8, 12, 16, 20].map((step) => [step, 128]),
    );
    for (const { density, live, ultralow } of of('window')) {
      const counted = (density as { counts: number[] }).counts.reduce((sum, count) => sum + count, 0);
      expect(counted).toBe(live);
      // 128 vectors cannot tell one in a million.
      expect(ultralow).toBeNull();
    }
    const resampled = of('resampling');
    expect(resampled.map(({ step }) => step)).toEqual([8, 16]);
    for (const { step, features, which } of resampled) {
      expect((which as number[]).length).toBe(features);
      const window = of('window').find((line) => line.step === step)!;
      expect(features).toBeLessThanOrEqual(Number(window['dead']));
    }
    const [held] = of('validation');
    expect(held).toMatchObject({ step: 24, tokens: 32 });
    const { originalLoss, zeroAblatedLoss, reconstructedLoss, lossRecovered } = held as Record<
      string,
      number
    >;
    if (zeroAblatedLoss! > originalLoss!)
      expect(lossRecovered! * (zeroAblatedLoss! - originalLoss!)).toBeCloseTo(
        zeroAblatedLoss! - reconstructedLoss!,
        6,
      );
    const { validations, windows } = dictionaries['A/1']!;
    expect(of('validation')).toEqual(validations.map((reading) => ({ event: 'validation', ...reading })));
    expect(of('window')).toEqual(windows.map((window) => ({ event: 'window', ...window })));
  });

  it('trains a dictionary the same whether it is alone or beside others', async () => {
    const run = await modelled('alone');
    const { list } = study.dictionaries;
    const alone = {
      ...study,
      dictionaries: { ...study.dictionaries, list: list.filter(({ id }) => id === 'A/1') },
    };
    const beside = await train(run);
    const { dictionaries } = await train(run, {}, alone);
    expect(dictionaries['A/1']).toEqual(beside.dictionaries['A/1']);
  });

  it('asks for more text or fewer vectors where no vector could be used only once', async () => {
    const run = await modelled('short');
    const greedy = { ...study, dictionaries: { ...study.dictionaries, vectors: 1_000_000 } };
    await expect(train(run, {}, greedy)).rejects.toThrow(
      /^train-dictionary A: expected text for 1000128 vectors used once each, got \d+; lower dictionaries\.vectors or add text$/,
    );
  });

  it('trains every architecture side by side from one stream, resumes to the bit, and saves what encodes as it must', async () => {
    const all = checkStudy({
      ...study,
      dictionaries: {
        ...study.dictionaries,
        list: [
          { id: 'A/0', expansion: 2, l1Coefficient: 1 },
          { id: 'A/1', expansion: 2, architecture: 'april-2024', targetL0: 4 },
          { id: 'A/2', expansion: 2, architecture: 'topk', k: 3 },
          { id: 'A/3', expansion: 2, architecture: 'batchtopk', k: 3 },
          { id: 'A/4', expansion: 2, architecture: 'matryoshka', k: 3 },
          { id: 'A/5', expansion: 2, architecture: 'gated', l1Coefficient: 1 },
          { id: 'A/6', expansion: 2, architecture: 'jumprelu', l0Coefficient: 0.1 },
          { id: 'A/7', expansion: 2, architecture: 'jumprelu', penalty: 'step', targetL0: 4 },
        ],
      },
    });
    const whole = await modelled('every');
    const said: string[] = [];
    const facts = await train(whole, { say: (line: string) => said.push(line) }, all);
    // Twenty-four steps are too few to bring so many features there.
    expect(said).toContainEqual(
      expect.stringMatching(
        /^A\/[17]: expected an L0 of 4, got [\d.]+ at the end; train on more vectors, or raise dictionaries\.learningRate$/,
      ),
    );
    const broken = await modelled('every-broken');
    await expect(train(broken, stopAt(13), all)).rejects.toThrow('interrupted');
    expect(await train(broken, {}, all)).toEqual(facts);
    const rules: Record<string, string> = {};
    for (const { id } of all.dictionaries.list) {
      const [one, other] = [whole, broken].map((run) =>
        readFileSync(join(run.dictionary(id), 'sae_weights.safetensors')),
      );
      expect(one!.equals(other!), id).toBe(true);
      using weights = readSafetensors(join(whole.dictionary(id), 'sae_weights.safetensors'));
      for (const norm of rowNorms(weights.readFloat32('W_dec'), 16)) expect(norm, id).toBeCloseTo(1, 5);
      const loaded = await loadDictionary(gpu, whole.dictionary(id), id);
      rules[id] = loaded.dictionary.rule.kind;
    }
    expect(rules).toEqual({
      'A/0': 'standard',
      'A/1': 'standard',
      'A/2': 'topk',
      'A/3': 'jumprelu',
      'A/4': 'jumprelu',
      'A/5': 'gated',
      'A/6': 'jumprelu',
      'A/7': 'jumprelu',
    });
  });
});
