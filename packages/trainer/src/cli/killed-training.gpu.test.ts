import { spawn } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { faultOf } from '../artefacts/checkpoint-file.ts';
import { runFolder, type RunFolder } from '../artefacts/run-folder.ts';
import { readStageRecord } from '../artefacts/stage-file.ts';
import { checkpointsIn } from '../model/checkpoint.ts';
import { tinyStudy, tokenizedRun, writeCorpus } from '../model/testing/tiny-run.ts';
import { uniforms } from '../random/seeded.ts';
import { lazyDevice } from './device.ts';

const PROGRAM = fileURLToPath(new URL('./testing/train-in-pieces.ts', import.meta.url));
/** More by hand, as most of a kill's time is the start of a process: MONOSEMA_KILLS=50. */
const KILLS = Number(process.env['MONOSEMA_KILLS'] ?? 3);

const STAGES = {
  model: (run: RunFolder) => run.model('A'),
  dictionaries: (run: RunFolder) => run.dictionaries('A'),
} as const;
type StageName = keyof typeof STAGES;

let root: string;
/** Of a run that nobody disturbed. */
let whole: RunFolder;
/** Milliseconds from the first step to the end. */
let duration: number;
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'monosema-killed-'));
  const study = tinyStudy(join(root, 'corpus.jsonl'));
  writeCorpus(join(root, 'corpus.jsonl'));
  const device = lazyDevice({}, () => {});
  whole = await tokenizedRun(root, 'whole', study, await device.open());
  device.close();
  const fresh = runFolder(join(root, 'fresh'));
  cpSync(whole.root, fresh.root, { recursive: true });
  const ended = await train('whole');
  expect(ended).toMatchObject({ killed: false, steps: { model: 24, dictionaries: 24 } });
  duration = ended.milliseconds;
});
afterAll(() => rmSync(root, { recursive: true }));

interface Ended {
  readonly killed: boolean;
  /** Steps that were begun, by stage. */
  readonly steps: Readonly<Partial<Record<StageName, number>>>;
  /** From the first step to the end. */
  readonly milliseconds: number;
  readonly said: string;
}

/** Trains a run in a process of its own. @param killAfter milliseconds after its first step */
function train(name: string, killAfter = Infinity): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [PROGRAM, root, name], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [out, said] = ['', ''];
    let first: number | null = null;
    child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (first === null && killAfter < Infinity) setTimeout(() => child.kill('SIGKILL'), killAfter);
      first ??= performance.now();
    });
    child.on('error', reject);
    child.on('close', (code, signal) => {
      if (code !== 0 && signal !== 'SIGKILL') return reject(new Error(said));
      const lines = out.split('\n').filter((line) => line !== '') as StageName[];
      const steps = Object.fromEntries(
        Object.entries(Object.groupBy(lines, (line) => line)).map(([stage, of]) => [stage, of.length]),
      );
      const milliseconds = performance.now() - (first ?? performance.now());
      resolve({ killed: signal === 'SIGKILL', steps, milliseconds, said });
    });
  });
}

/** Files of the stages' results. */
const results = (run: RunFolder): Buffer[] => [
  readFileSync(join(run.model('A'), 'model.safetensors')),
  ...['A/0', 'A/1'].flatMap((id) =>
    ['sae_weights.safetensors', 'sparsity.safetensors'].map((name) =>
      readFileSync(join(run.dictionary(id), name)),
    ),
  ),
];

const expectSame = (run: RunFolder): void => {
  for (const [i, file] of results(run).entries()) expect(file.equals(results(whole)[i]!)).toBe(true);
};

/** The newest checkpoint of a stage, if it has any. */
function newestOf(run: RunFolder, stage: StageName): { readonly path: string; readonly step: number } | null {
  const folder = join(STAGES[stage](run), 'checkpoint');
  const newest = existsSync(folder) ? checkpointsIn(folder, stage)[0] : undefined;
  return newest === undefined ? null : { path: join(folder, newest.file), step: newest.step };
}

/** A run whose text is tokenized and nothing else done. */
function freshRun(name: string): RunFolder {
  cpSync(join(root, 'fresh'), join(root, name), { recursive: true });
  return runFolder(join(root, name));
}

test('kills at random instants lose no finished step, and what is resumed ends with the same bits', async () => {
  const uniform = uniforms(8);
  let [kills, runs] = [0, 0];
  while (kills < KILLS) {
    const name = `killed-${runs++}`;
    const run = freshRun(name);
    for (;;) {
      const before = { model: newestOf(run, 'model'), dictionaries: newestOf(run, 'dictionaries') };
      const after = kills < KILLS ? (uniform() * duration) / 2 : Infinity;
      const ended = await train(name, after);
      if (!ended.killed) break;
      kills += 1;
      for (const stage of ['model', 'dictionaries'] as const) {
        const begun = ended.steps[stage] ?? 0;
        const newest = newestOf(run, stage);
        // A finished stage needs no checkpoint, nor one that was killed in its first step.
        if (readStageRecord(STAGES[stage](run), stage)?.state === 'done') continue;
        if (newest === null) {
          expect(begun, stage).toBeLessThanOrEqual(1);
          continue;
        }
        expect(faultOf(newest.path)).toBeNull();
        // It went on from where the last kill left it, and of the steps it began all but the last are kept.
        const from = before[stage]?.step ?? 0;
        if (begun === 0) expect(newest.step).toBe(from);
        else expect([from + begun - 2, from + begun - 1]).toContain(newest.step);
      }
    }
    expectSame(run);
    rmSync(run.root, { recursive: true });
  }
});
