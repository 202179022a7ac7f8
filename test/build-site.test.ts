import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
let run: string;
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), 'monosema-records-'));
});
afterEach(() => rmSync(run, { recursive: true }));

function put(name: string, text: string): void {
  mkdirSync(dirname(join(run, name)), { recursive: true });
  writeFileSync(join(run, name), text);
}

/** A stage.json that lists one file with the bytes that it should have. */
function stage(path: string, text: string, state = 'done'): string {
  const sha256 = createHash('sha256').update(text).digest('hex');
  return JSON.stringify({ state, hash: 'h', outputs: [{ path, bytes: text.length, sha256 }] });
}

function build(): { code: number | null; said: string } {
  const { status, stderr } = spawnSync(process.execPath, ['scripts/site.mjs', 'sites/demo', run], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return { code: status, said: stderr };
}

const remedy =
  /; run the study again \(npx monosema run\), which redoes what is missing, or put back the records as they were\n$/;

it.each([
  ['bytes that changed', '{"a":2}', 'study.json as they were written, got others'],
  ['a file that is gone', null, 'study.json as they were written, got no file'],
])('a site is not built of %s', (_, text, sentence) => {
  put('records/stage.json', stage('study.json', '{"a":1}'));
  if (text !== null) put('records/study.json', text);
  const { code, said } = build();
  expect(said).toContain(sentence);
  expect(said).toMatch(remedy);
  expect(code).toBe(2);
});

it('the records are those that the configuration of a site names, wherever they lie', () => {
  put(
    'astro.config.mjs',
    "export default monosemaReport({\n  records: './elsewhere/records', title: 'x' });",
  );
  const { status, stderr } = spawnSync(process.execPath, ['scripts/site.mjs', run], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  expect(stderr).toMatch(/expected the records of a finished run in .*elsewhere, found none; /);
  expect(status).toBe(2);
});

it('what a language model said is looked at as well', () => {
  put('records/stage.json', stage('study.json', '{"a":1}'));
  put('records/study.json', '{"a":1}');
  put('records/explanations/stage.json', stage('A/1.json', '{}'));
  put('records/explanations/A/1.json', '{ }');
  expect(build().said).toMatch(/explanations\/A\/1\.json as they were written, got others; /);
  put('records/explanations/stage.json', stage('A/1.json', '{}', 'running'));
  expect(build().said).toMatch(
    /got one that was interrupted; finish it \(npx monosema explain\), or delete \S+explanations to do without\n$/,
  );
});

it.each([
  ['{"state": "do', 'stage.json to say what was written, got "'],
  [stage('study.json', '', 'running'), 'got one that was interrupted; '],
])('a stage.json of no finished records is refused in a sentence: %s', (text, sentence) => {
  put('records/stage.json', text);
  const { code, said } = build();
  expect(said).toContain(sentence);
  expect(said).toMatch(remedy);
  expect(code).toBe(2);
});
