import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDevice } from '@monosema/engine';
import { expect, test } from 'vitest';
import { runFolder } from './artefacts/run-folder.ts';
import { tinyStudy, writeCorpus } from './model/testing/tiny-run.ts';
import { runStudy } from './pipeline.ts';

test('a stage reads no file that a bit of has changed since: what wrote it is done again, and this is said', async () => {
  const root = mkdtempSync(join(tmpdir(), 'monosema-pipeline-'));
  writeCorpus(join(root, 'corpus.jsonl'));
  const study = tinyStudy(join(root, 'corpus.jsonl'));
  const run = runFolder(join(root, 'out'));
  const gpu = await openDevice();
  const train = async (): Promise<string[]> => {
    const said: string[] = [];
    const effects = {
      say: (line: string) => said.push(line),
      progress: () => {},
      started: () => {},
      finished: () => {},
      now: () => 0,
      signal: new AbortController().signal,
    };
    await runStudy(study, run, 'train-model', effects, () => Promise.resolve(gpu));
    return said;
  };
  await train();
  const model = join(run.model('A'), 'model.safetensors');
  const weights = readFileSync(model);
  const tokens = readFileSync(run.trainTokens);
  const flipped = Buffer.from(tokens);
  flipped[flipped.length - 9]! ^= 1;

  // Nobody reads the tokens: they are taken by their size.
  writeFileSync(run.trainTokens, flipped);
  expect((await train()).every((line) => line.includes('up to date'))).toBe(true);

  rmSync(model);
  const said = await train();
  expect(said.filter((line) => line.includes('expected the bytes'))).toEqual([
    expect.stringMatching(
      /out\/tokens\/train\.safetensors: expected the bytes that tokenize wrote, got others; it is done again$/,
    ),
  ]);
  expect(readFileSync(run.trainTokens).equals(tokens)).toBe(true);
  expect(readFileSync(model).equals(weights)).toBe(true);
  gpu.close();
  rmSync(root, { recursive: true });
});
