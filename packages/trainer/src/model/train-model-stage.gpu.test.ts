import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice, type Gpu } from '@monosema/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunFolder } from '../artefacts/run-folder.ts';
import type { StageContext } from '../artefacts/stage-context.ts';
import type { Study } from '../config/schema.ts';
import { checkpointsIn } from './checkpoint.ts';
import { runTinyStage, stopAt, tinyStudy, tokenizedRun, writeCorpus } from './testing/tiny-run.ts';
import { trainModelStage } from './train-model-stage.ts';

let root: string;
let study: Study;
let gpu: Gpu;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'monosema-model-'));
  writeCorpus(join(root, 'corpus.jsonl'));
  study = tinyStudy(join(root, 'corpus.jsonl'));
  gpu = await openDevice();
});
afterAll(() => {
  gpu.close();
  rmSync(root, { recursive: true });
});

const weights = (run: RunFolder): Buffer => readFileSync(join(run.model('A'), 'model.safetensors'));

/** Steps of the newest checkpoint. */
const stepOf = (run: RunFolder): number => checkpointsIn(join(run.root, 'checkpoint'), 'model')[0]!.step;

describe('training a model', () => {
  it('that is stopped and resumed, on another device too, ends with the same bits and the same facts', async () => {
    const whole = await tokenizedRun(root, 'whole', study, gpu);
    const facts = await runTinyStage(trainModelStage, study, whole, gpu);
    expect(checkpointsIn(join(whole.root, 'checkpoint'), 'model')).toEqual([]);

    const broken = await tokenizedRun(root, 'broken', study, gpu);
    for (const [stop, at] of [
      [0, 0],
      [7, 7],
      [6, 13],
    ] as const) {
      await expect(runTinyStage(trainModelStage, study, broken, gpu, stopAt(stop))).rejects.toThrow(
        'interrupted',
      );
      expect(stepOf(broken)).toBe(at);
      expect(existsSync(join(broken.model('A'), 'model.safetensors'))).toBe(false);
    }
    gpu.close();
    gpu = await openDevice();
    const resumed = await runTinyStage(trainModelStage, study, broken, gpu);
    expect(weights(broken).equals(weights(whole))).toBe(true);
    expect(resumed).toEqual(facts);
  });

  it('passes over a damaged checkpoint to the one before, and over two to the start, and says so', async () => {
    const run = await tokenizedRun(root, 'damaged', study, gpu);
    const folder = join(run.root, 'checkpoint');
    const said: string[] = [];
    const stopped = async (change: Partial<StageContext>): Promise<void> => {
      const say = (line: string): void => void said.push(line);
      const training = runTinyStage(trainModelStage, study, run, gpu, { ...change, say });
      await expect(training).rejects.toThrow('interrupted');
    };
    const steps = (): number[] => checkpointsIn(folder, 'model').map(({ step }) => step);
    for (const stop of [7, 6, 4]) await stopped(stopAt(stop));
    // The last two are kept: 7 is gone.
    expect(steps()).toEqual([17, 13]);
    writeFileSync(join(folder, 'model-18.safetensors.77.tmp'), 'left by a process that was killed');
    const flip = (step: number): void => {
      const path = join(folder, `model-${step}.safetensors`);
      const bytes = readFileSync(path);
      bytes[bytes.length - 1000]! ^= 4;
      writeFileSync(path, bytes);
    };
    flip(17);
    await stopped(stopAt(1));
    expect(steps()).toEqual([14, 13]);
    expect(readdirSync(folder).length).toBe(2);
    truncateSync(join(folder, 'model-14.safetensors'), 3000);
    flip(13);
    await stopped(stopAt(2));
    expect(steps()).toEqual([2]);
    const path = (step: number): string => join(folder, `model-${step}.safetensors`);
    expect(said).toEqual([
      `checkpoint of step 17: expected ${path(17)} as it was written, got a damaged file (its checksum is not that of what it holds); going on from the one before, of step 13`,
      expect.stringMatching(
        /^checkpoint of step 14: expected \S+ as it was written, got a damaged file \(.+\); going on from the one before, of step 13$/,
      ),
      expect.stringMatching(
        /^checkpoint of step 13: .+\); there is none before it, so training begins anew$/,
      ),
    ]);
    await runTinyStage(trainModelStage, study, run, gpu);
    expect(weights(run).equals(weights(await tokenizedRun(root, 'whole', study, gpu)))).toBe(true);
  });

  it('is decided by the seed: the same gives the same bits, another others', async () => {
    const whole = weights(await tokenizedRun(root, 'whole', study, gpu));
    const again = await tokenizedRun(root, 'again', study, gpu);
    await runTinyStage(trainModelStage, study, again, gpu);
    expect(weights(again).equals(whole)).toBe(true);
    const other = await tokenizedRun(root, 'other', study, gpu);
    await runTinyStage(trainModelStage, study, other, gpu, { seed: 18 });
    expect(weights(other).equals(whole)).toBe(false);
  });

  it('saves a checkpoint whenever a minute has passed', async () => {
    const run = await tokenizedRun(root, 'slow', study, gpu);
    const { signal, now } = stopAt(15);
    let minutes = 0;
    const slow = { signal, now: () => now() + 61_000 * Math.floor(minutes++ / 10) };
    const saved: number[] = [];
    const watch = { ...slow, progress: () => void saved.push(stepOf(run)) };
    await expect(runTinyStage(trainModelStage, study, run, gpu, watch)).rejects.toThrow('interrupted');
    // Progress comes after step 10; by then the clock has passed a minute once.
    expect(saved).toEqual([9]);
  });

  it('learns: its loss falls from that of a uniform guess to below the unigram model', async () => {
    const longer = checkLonger(study);
    const run = await tokenizedRun(root, 'longer', longer, gpu);
    const facts = (await runTinyStage(trainModelStage, longer, run, gpu)) as unknown as {
      history: { loss: number }[];
      validationLoss: number;
      unigramLoss: number;
    };
    expect(facts.history[0]!.loss).toBeGreaterThan(facts.unigramLoss);
    expect(facts.validationLoss).toBeLessThan(facts.unigramLoss - 0.1);
  });

  it('stops with one sentence when its loss is no number', async () => {
    const wild = { ...study, transformer: { ...study.transformer, learningRate: 1e30 } };
    const run = await tokenizedRun(root, 'wild', wild, gpu);
    await expect(runTinyStage(trainModelStage, wild, run, gpu)).rejects.toThrow(
      /^train-model: expected a finite loss, got \S+ at step \d+ on .+; lower transformer\.learningRate$/,
    );
  });
});

function checkLonger(short: Study): Study {
  return { ...short, transformer: { ...short.transformer, tokens: 200 * 4 * 8, learningRate: 0.01 } };
}
