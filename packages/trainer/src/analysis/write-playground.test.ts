import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runFolder, type RunFolder } from '../artefacts/run-folder.ts';
import {
  openRecords,
  playgroundDictionaryFiles,
  playgroundModelFiles,
  writeStudy,
  type StudyInput,
} from '../records/index.ts';
import { writePlayground } from './write-playground.ts';

let run: RunFolder;
beforeEach(() => {
  run = runFolder(mkdtempSync(join(tmpdir(), 'monosema-playground-')));
  write(run.tokenizer, 10);
  for (const letter of ['A', 'B']) {
    write(join(run.model(letter), 'config.json'), 5);
    write(join(run.model(letter), 'model.safetensors'), 100);
  }
  for (const [id, bytes] of [
    ['A/0', 50],
    ['A/1', 200],
    ['B/1', 500],
  ] as const) {
    write(join(run.dictionary(id), 'cfg.json'), 5);
    write(join(run.dictionary(id), 'sae_weights.safetensors'), bytes);
  }
});
afterEach(() => rmSync(run.root, { recursive: true }));

function write(path: string, bytes: number): void {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, Buffer.alloc(bytes, bytes));
}

test('the records hand out the dictionaries within the limit and their models, and say which are too large', async () => {
  const contents = {
    site: { name: 'mlp-activations', layer: 0 },
    tokenizer: { imported: false, endOfText: 9 },
    dictionaries: new Map([
      ['A', ['A/0', 'A/1']],
      ['B', ['B/1']],
    ]),
  } as const;
  await writePlayground(run, contents, 310);
  writeStudy(run.records, { ...EMPTY_STUDY });
  const record = openRecords(run.records).playground()!;
  expect(record).toMatchObject({
    site: 'mlp-activations',
    limit: 310,
    tokenizer: { bytes: 10, endOfText: 9 },
  });
  expect(record.models.map(({ id }) => id)).toEqual(['A']);
  expect(record.dictionaries.map(({ id, weights }) => [id, weights.bytes])).toEqual([
    ['A/0', 50],
    ['A/1', 200],
  ]);
  expect(record.tooLarge).toEqual([{ id: 'B/1', bytes: 610 }]);
  const { weights } = playgroundDictionaryFiles(run.records, 'A/1');
  expect(readFileSync(weights)).toEqual(Buffer.alloc(200, 200));
  // A smaller limit another time leaves nothing behind.
  await writePlayground(run, contents, 200);
  expect(existsSync(weights)).toBe(false);
  expect(existsSync(playgroundModelFiles(run.records, 'B').weights)).toBe(false);
});

const EMPTY_STUDY: StudyInput = {
  version: 2,
  name: 'empty',
  models: [],
  dictionaries: [],
  corpus: { documents: 0, bytes: 0, trainTokens: 0, validationTokens: 0, domains: [] },
  domainFeatures: [],
  universality: [],
  provenance: {
    monosema: '0',
    config: {},
    adapter: { name: '', class: '', driver: '' },
    stages: [],
    tokenizerHash: '',
  },
};
