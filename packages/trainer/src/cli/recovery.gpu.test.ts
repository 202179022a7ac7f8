import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Gpu } from '@monosema/engine';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { heldNames } from '../artefacts/checkpoint-file.ts';
import { readSafetensors } from '../artefacts/safetensors.ts';
import { runStage } from '../artefacts/stage.ts';
import type { Facts, StageWork } from '../artefacts/stage-context.ts';
import type { RunFolder } from '../artefacts/run-folder.ts';
import type { Study } from '../config/schema.ts';
import { trainDictionaryStage } from '../dictionary/train-dictionary-stage.ts';
import { checkpointsIn } from '../model/checkpoint.ts';
import { tinyStudy, tokenizedRun, writeCorpus } from '../model/testing/tiny-run.ts';
import { trainModelStage } from '../model/train-model-stage.ts';
import { endingOf, EXIT } from './cli-error.ts';
import { lazyDevice } from './device.ts';

let root: string;
let study: Study;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'monosema-recovery-'));
  writeCorpus(join(root, 'corpus.jsonl'));
  study = tinyStudy(join(root, 'corpus.jsonl'));
});
afterAll(() => rmSync(root, { recursive: true }));

interface Clock {
  /** Steps after which a minute has passed, and a checkpoint is due. */
  readonly minuteAfter: number;
  readonly stopAt?: number;
  readonly controller?: AbortController;
}

interface Outcome {
  readonly facts: Facts;
  readonly said: string[];
  readonly budgets: number[];
}

/**
 * Runs a stage as a command does, and loses its device at the given steps, each counted over all attempts. A stage asks
 * for the time once a step, and once before.
 */
async function runLosing(
  work: StageWork,
  on: Study,
  run: RunFolder,
  folder: string,
  losses: readonly number[],
  { minuteAfter, stopAt = Infinity, controller = new AbortController() }: Clock = { minuteAfter: 5 },
): Promise<Outcome> {
  const said: string[] = [];
  const opened: Gpu[] = [];
  const device = lazyDevice(
    {},
    (line) => said.push(line),
    (gpu) => opened.push(gpu),
  );
  let asked = 0;
  const effects = {
    say: (line: string) => said.push(line),
    progress: () => {},
    started: () => {},
    finished: () => {},
    now: () => {
      asked += 1;
      if (losses.includes(asked)) opened.at(-1)!.device.destroy();
      if (asked === stopAt) controller.abort(new Error('stopped'));
      return 61_000 * Math.floor(asked / minuteAfter);
    },
    signal: controller.signal,
  };
  const stage = {
    name: 'a stage',
    folder,
    shown: 'its folder',
    config: {},
    seed: 17,
    inputs: [],
    version: { monosema: '0', code: '0' },
  };
  try {
    const { facts } = await runStage(stage, effects, device.open, (room) =>
      work({
        ...effects,
        ...room,
        study: on,
        run,
        model: 'A',
        folder,
        seed: 17,
        inputs: [],
        progress: () => {},
      }),
    );
    return { facts, said, budgets: opened.map(({ submissions }) => submissions.budgetMs) };
  } finally {
    device.close();
  }
}

/** The last line of each step: a step that was done twice stands twice. Times are left out. */
function metricsOf(path: string): unknown[] {
  const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
  const read = lines.map((line) => {
    const { tokensPerSecond: _, peakFraction: __, ...rest } = JSON.parse(line) as Record<string, unknown>;
    return [rest['step'], rest] as const;
  });
  return [...new Map(read).values()];
}

async function tokenized(name: string, on = study): Promise<RunFolder> {
  const device = lazyDevice({}, () => {});
  try {
    return await tokenizedRun(root, name, on, await device.open());
  } finally {
    device.close();
  }
}

describe('a stage whose device is lost', () => {
  it('goes on with the same losses to the same weights, a model', async () => {
    const train = async (name: string, losses: number[]) => {
      const run = await tokenized(name);
      const outcome = await runLosing(trainModelStage, study, run, run.model('A'), losses);
      const file = (of: string): Buffer => readFileSync(join(run.model('A'), of));
      return {
        ...outcome,
        weights: file('model.safetensors'),
        metrics: metricsOf(join(run.model('A'), 'metrics.jsonl')),
      };
    };
    const whole = await train('whole', []);
    // The second comes before a checkpoint was due on the new device, the third just after one.
    const lossy = await train('lossy', [9, 12, 23]);
    expect(lossy.weights.equals(whole.weights)).toBe(true);
    expect(lossy.facts).toEqual(whole.facts);
    expect(lossy.metrics).toEqual(whole.metrics);
    expect(lossy.said.filter((line) => line.includes('lost'))).toEqual(
      Array.from({ length: 3 }, () =>
        expect.stringMatching(
          /^a stage: \S+: the device was lost \(destroyed\): .*; going on from the last checkpoint on a new device$/,
        ),
      ),
    );
    // Each device is given half as much at a time as the one before.
    expect(lossy.budgets).toEqual([100, 50, 25, 12.5]);
  });

  it('goes on with the same losses to the same weights, dictionaries', async () => {
    const run = await tokenized('model');
    await runLosing(trainModelStage, study, run, run.model('A'), []);
    const train = async (losses: number[]) => {
      rmSync(run.dictionaries('A'), { recursive: true, force: true });
      const outcome = await runLosing(trainDictionaryStage, study, run, run.dictionaries('A'), losses);
      const weights = ['A/0', 'A/1'].map((id) =>
        readFileSync(join(run.dictionary(id), 'sae_weights.safetensors')),
      );
      return { ...outcome, weights };
    };
    const whole = await train([]);
    const lossy = await train([8, 21]);
    expect(lossy.said.filter((line) => line.includes('lost')).length).toBe(2);
    expect(lossy.facts).toEqual(whole.facts);
    for (const [index, weights] of lossy.weights.entries())
      expect(weights.equals(whole.weights[index]!)).toBe(true);
  });

  it('gives up when it is lost again and again', async () => {
    const run = await tokenized('hopeless');
    const failed = runLosing(trainModelStage, study, run, run.model('A'), [3, 6, 9, 12, 15]);
    await expect(failed).rejects.toThrow(/the device was lost/);
  });
});

describe('a stage whose numbers stop being finite', () => {
  const wild = (): Study => ({ ...study, transformer: { ...study.transformer, learningRate: 1e30 } });
  const failing = async (run: RunFolder, clock: Clock): Promise<Error> => {
    const failed = runLosing(trainModelStage, wild(), run, run.model('A'), [], clock);
    return failed.then(
      () => new Error('it did not fail'),
      (error: unknown) => error as Error,
    );
  };

  it('says which kernel went wrong first, in one sentence that ends with what to do', async () => {
    const run = await tokenized('wild');
    const error = await failing(run, { minuteAfter: Infinity });
    expect(error.message).toMatch(
      /^train-model: expected a finite loss, got \S+ at step \d+ on \S+, because .+ has .+ from element \(.+\) on, which \S.+ \(dispatch \d+ of \d+ of train-model\) made of finite values; lower transformer\.learningRate$/,
    );
    expect(endingOf(error)).toEqual({ code: EXIT.usage, message: error.message });
  });

  it('keeps the last good checkpoint, though the next is due before a loss is read', async () => {
    const run = await tokenized('kept');
    const controller = new AbortController();
    const stop = { minuteAfter: Infinity, stopAt: 8, controller };
    await expect(runLosing(trainModelStage, study, run, run.model('A'), [], stop)).rejects.toThrow();
    const folder = join(run.model('A'), 'checkpoint');
    const [newest] = checkpointsIn(folder, 'model');
    const checkpoint = join(folder, newest!.file);
    const error = await failing(run, { minuteAfter: 3 });
    expect(error.message).toMatch(
      /^checkpoint: expected finite numbers in \S+ \(.+\), got \S+; the last checkpoint stays, because .+ made of finite values; lower the learning rate$/,
    );
    // A step with such a rate leaves weights that are large but numbers; that of the step after does not.
    using file = readSafetensors(checkpoint);
    for (const name of heldNames(file))
      expect(file.readFloat32(name).every(Number.isFinite), name).toBe(true);
  });
});
