import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Gpu } from '@monosema/engine';
import { Interrupted } from '../../artefacts/interrupted.ts';
import { runFolder, type RunFolder } from '../../artefacts/run-folder.ts';
import type { StageContext, StageWork } from '../../artefacts/stage-context.ts';
import { checkStudy } from '../../config/check-study.ts';
import type { Study } from '../../config/schema.ts';
import { uniforms } from '../../random/seeded.ts';
import { tokenizeStage } from '../../tokens/tokenize-stage.ts';

/** A study that trains in a second, and whose dictionaries refill, close windows and resample on the way. */
export function tinyStudy(corpus: string): Study {
  return checkStudy({
    name: 'tiny',
    seed: 3,
    corpus: { path: corpus, validationFraction: 0.2 },
    tokenizer: { vocabulary: 270 },
    transformer: {
      dModel: 8,
      heads: 2,
      dMlp: 16,
      context: 8,
      tokens: 24 * 4 * 8,
      batchContexts: 4,
      models: ['A'],
    },
    dictionaries: {
      vectors: 24 * 32,
      batch: 32,
      positionsPerContext: 4,
      bufferVectors: 128,
      initialDensity: 0.1,
      resampling: { atFractions: [0.4, 0.7], windowVectors: 128, sampleVectors: 64 },
      list: [
        { id: 'A/0', expansion: 1, l1Coefficient: 1 },
        // Strong enough to kill features, which are then resampled.
        { id: 'A/1', expansion: 4, l1Coefficient: 30 },
      ],
    },
    analysis: { window: 8 },
  });
}

/** Writes a corpus of random words, one document a line. */
export function writeCorpus(path: string): void {
  const uniform = uniforms(11);
  const words = ['ba', 'du', 'la', 'me', 'no', 'ri', 'so', 'ta'];
  const line = (): string =>
    Array.from({ length: 40 }, () => words[Math.floor(uniform() ** 2 * words.length)]!).join(' ');
  const documents = Array.from({ length: 60 }, () => JSON.stringify({ text: line() }));
  writeFileSync(path, `${documents.join('\n')}\n`);
}

/** Runs a stage of the tiny study by itself, as a run would; its checkpoint stays where the stage leaves it. */
export async function runTinyStage(
  work: StageWork,
  study: Study,
  run: RunFolder,
  gpu: Gpu,
  change: Partial<StageContext> = {},
): Promise<Readonly<Record<string, unknown>>> {
  const context: StageContext = {
    study,
    run,
    model: 'A',
    folder: run.model('A'),
    checkpoint: join(run.root, 'checkpoint'),
    seed: 17,
    inputs: [],
    device: () => Promise.resolve(gpu),
    say: () => {},
    progress: () => {},
    // Time stands still: no checkpoint is due but the one that stopping asks for.
    now: () => 0,
    signal: new AbortController().signal,
    ...change,
  };
  mkdirSync(context.folder, { recursive: true });
  mkdirSync(context.checkpoint, { recursive: true });
  return await work(context);
}

/** A fresh run folder below `root` whose text is tokenized. */
export async function tokenizedRun(root: string, name: string, study: Study, gpu: Gpu): Promise<RunFolder> {
  const run = runFolder(join(root, name));
  await runTinyStage(tokenizeStage, study, run, gpu, { model: null, folder: run.tokens });
  return run;
}

/** What stops a stage at its step number `step`, counted from 0: a stage asks for the time once a step, and once before. */
export function stopAt(step: number): Pick<StageContext, 'now' | 'signal'> {
  const controller = new AbortController();
  let asked = 0;
  const now = (): number => {
    asked += 1;
    if (asked === step + 1) controller.abort(new Interrupted());
    return 0;
  };
  return { now, signal: controller.signal };
}
