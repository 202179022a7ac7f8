import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { checkRead } from './check-read.ts';
import { RUN_FORMAT } from './run-folder.ts';
import { writeStageRecord, type StageRecord } from './stage-file.ts';
import { describeOutputs, hashOutputs } from './stage-outputs.ts';

let folder: string;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-read-'));
  for (const name of ['1', '10']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'weights'), `weights of ${name}`);
  }
  const outputs = await describeOutputs(folder);
  const record: StageRecord = {
    tool: 'monosema',
    format: RUN_FORMAT,
    stage: 'train-dictionary A',
    state: 'done',
    key: 'k',
    config: {},
    seed: 1,
    inputs: [],
    version: { monosema: '0.1.0', code: 'c' },
    adapter: null,
    kernels: {},
    seconds: 1,
    facts: {},
    outputs,
    hash: hashOutputs(outputs),
  };
  writeStageRecord(folder, record);
});
afterEach(() => rmSync(folder, { recursive: true }));

const check = (name?: string): Promise<void> => checkRead(folder, 'out/dictionaries/A', name);

describe('what is about to be read of a stage', () => {
  it('passes as it was written', async () => {
    await check();
    await check('1');
  });

  it('is refused with other bytes of the same number, by name; its neighbours are not looked at', async () => {
    writeFileSync(join(folder, '10', 'weights'), 'Weights of 10');
    await check('1');
    await expect(check('10')).rejects.toThrow(
      'out/dictionaries/A/10: expected the files that train-dictionary A wrote, got other bytes in 10/weights; run the study again, which makes them anew',
    );
    await expect(check()).rejects.toThrow('got other bytes in 10/weights');
  });

  it('is refused where a file is gone or cut off', async () => {
    writeFileSync(join(folder, '1', 'weights'), 'weights');
    await expect(check('1')).rejects.toThrow('got 1/weights of another size');
    rmSync(join(folder, '1', 'weights'));
    await expect(check('1')).rejects.toThrow('got 1/weights missing');
  });

  it('passes where no stage.json says what it was', async () => {
    rmSync(join(folder, 'stage.json'));
    await check('1');
    await checkRead(join(folder, 'nowhere'), 'nowhere');
  });
});
