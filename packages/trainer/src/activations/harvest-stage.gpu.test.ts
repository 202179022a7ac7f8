import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice, ProgramBuilder, readTensor, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Interrupted } from '../artefacts/interrupted.ts';
import type { RunFolder } from '../artefacts/run-folder.ts';
import { readSafetensors } from '../artefacts/safetensors.ts';
import type { StageContext } from '../artefacts/stage-context.ts';
import type { Study } from '../config/schema.ts';
import { loadModel } from '../model/model-folder.ts';
import { siteOf } from '../model/sites.ts';
import { runTinyStage, tinyStudy, tokenizedRun, writeCorpus } from '../model/testing/tiny-run.ts';
import { trainModelStage } from '../model/train-model-stage.ts';
import { createBatch, setBatch } from '../model/training-program.ts';
import { forwardTo } from '../model/transformer.ts';
import { Contexts } from '../tokens/contexts.ts';
import { TokenShard } from '../tokens/token-shard.ts';
import { harvestStage } from './harvest-stage.ts';
import { shardName } from './shard-writer.ts';

const VECTORS = 500;

let gpu: Gpu;
let folder: string;
let study: Study;
let run: RunFolder;
beforeAll(async () => {
  gpu = await openDevice();
  folder = mkdtempSync(join(tmpdir(), 'monosema-harvest-'));
  const corpus = join(folder, 'corpus.jsonl');
  writeCorpus(corpus);
  const tiny = tinyStudy(corpus);
  study = { ...tiny, dictionaries: { ...tiny.dictionaries, vectors: VECTORS, site: 'residual-mid' } };
  run = await tokenizedRun(folder, 'run', study, gpu);
  await runTinyStage(trainModelStage, study, run, gpu);
});
afterAll(() => {
  gpu.close();
  rmSync(folder, { recursive: true });
});

/** Into shards of 192 vectors or less: 8 numbers each, 64 a pass. */
const harvest = (name: string, change: Partial<StageContext> = {}): Promise<unknown> =>
  runTinyStage((context) => harvestStage(context, 3 * 64 * 8 * 4), study, run, gpu, {
    folder: join(folder, name),
    ...change,
  });

const SHARDS = [0, 1, 2].map(shardName);

/** Activations of every position of every context, by the token's place in the stream. */
async function everyActivation(): Promise<(token: number) => Float32Array> {
  const { config, parameters } = loadModel(gpu, run.model('A'));
  using tokens = TokenShard.open(run.trainTokens);
  const contexts = new Contexts(tokens, study.transformer.context, 'text');
  const batch = createBatch(gpu, contexts.count, contexts.length, config.vocabulary);
  setBatch(gpu, batch, contexts.readBatch(Array.from({ length: contexts.count }, (_, i) => i)));
  const p = new ProgramBuilder(gpu, 'every activation');
  const values = new Map([...parameters].map(([name, tensor]) => [name, p.persistent(tensor)]));
  const ofBatch = { tokens: p.persistent(batch.tokens), order: null, starts: null, context: contexts.length };
  const site = siteOf(study.dictionaries);
  const out = p.output(forwardTo(p, values, ofBatch, config, site).activations);
  const program = await p.build();
  await program.run();
  const all = await readTensor(gpu, out);
  program.destroy();
  const width = config.dModel;
  return (token) => all.subarray(token * width, (token + 1) * width);
}

describe('a harvest', () => {
  it('holds the activations that the model has at the places it names, each once', async () => {
    expect(await harvest('whole')).toEqual({
      model_name: 'tiny/A',
      hook_name: 'blocks.0.hook_resid_mid',
      vectors: VECTORS,
      width: 8,
      shards: 3,
    });
    expect(readdirSync(join(folder, 'whole')).toSorted()).toEqual(SHARDS);
    const wanted = await everyActivation();
    const seen = new Set<number>();
    const sizes = SHARDS.map((name) => {
      using shard = readSafetensors(join(folder, 'whole', name));
      expect(shard.metadata).toEqual({ model_name: 'tiny/A', hook_name: 'blocks.0.hook_resid_mid' });
      const places = Array.from(shard.read('positions') as BigInt64Array, Number);
      const rows = shard.readFloat32('activations');
      expect(rows.length).toBe(places.length * 8);
      places.forEach((place, n) => {
        seen.add(place);
        expect(rows.subarray(n * 8, (n + 1) * 8)).toEqual(wanted(place));
      });
      return places.length;
    });
    expect(sizes).toEqual([192, 192, VECTORS - 384]);
    expect(seen.size).toBe(VECTORS);
  });

  it('that was stopped goes on after its last whole shard, and ends with the same bytes', async () => {
    const controller = new AbortController();
    let passes = 0;
    const progress = (): void => {
      passes += 1;
      if (passes === 5) controller.abort(new Interrupted());
    };
    await expect(harvest('stopped', { progress, signal: controller.signal })).rejects.toThrow(Interrupted);
    expect(readdirSync(join(folder, 'stopped'))).toEqual(SHARDS.slice(0, 1));
    await harvest('stopped');
    for (const name of SHARDS)
      expect(
        readFileSync(join(folder, 'stopped', name)).equals(readFileSync(join(folder, 'whole', name))),
      ).toBe(true);
  });

  it('of more vectors than the text has is refused', async () => {
    const greedy = { ...study, dictionaries: { ...study.dictionaries, vectors: 10 ** 6 } };
    await expect(
      runTinyStage(harvestStage, greedy, run, gpu, { folder: join(folder, 'greedy') }),
    ).rejects.toThrow(
      /^harvest A: expected text for 1000000 vectors used once each, got \d+; lower dictionaries.vectors or add text$/,
    );
  });
});
