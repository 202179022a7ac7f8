import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { spawnCli } from './testing/spawn-cli.ts';

const LIMIT_MS = 60_000;
/** Below a folder that takes no other. */
const PROC = '/proc/monosema';
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'monosema-cli-'));
  mkdirSync(join(folder, 'text'));
  for (const domain of ['prose', 'code'])
    writeFileSync(
      join(folder, 'text', `${domain}.jsonl`),
      Array.from({ length: 40 }, (_, i) =>
        JSON.stringify({ text: `${domain} number ${i} says something of its own. `.repeat(8), domain }),
      ).join('\n'),
    );
  writeFileSync(
    join(folder, 'study.config.ts'),
    `import { defineStudy } from '@monosema/trainer';
     type Fraction = number;
     const validationFraction: Fraction = 0.2;
     export default defineStudy({
       name: 'tiny',
       corpus: { path: 'text', validationFraction },
       tokenizer: { vocabulary: 300 },
       transformer: { context: 32 },
       analysis: { window: 16 },
     });`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

const monosema = (...args: string[]) => spawnCli(args, { cwd: folder });

describe('monosema', { timeout: LIMIT_MS }, () => {
  it('prints its help without loading the GPU', async () => {
    // Under the permission model Node refuses to load any addon, and Dawn is one.
    const sandbox = { cwd: folder, node: ['--permission', '--allow-fs-read=*', '--allow-fs-write=*'] };
    const help = await spawnCli(['--help'], sandbox);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toContain('train-dictionary [options] [config]');
    const doctor = await spawnCli(['doctor'], sandbox);
    expect(doctor.code).not.toBe(0);
    expect(doctor.err).toMatch(/permission|addon/i);
  });

  it.each([
    [['run', '--stesp', '5'], "error: unknown option '--stesp'"],
    [['rnu'], "error: unknown command 'rnu'\n(Did you mean run?)"],
    [['run', '--adapter', 'fast'], "error: option '--adapter <name>' argument 'fast' is invalid"],
    [['run', '--tune', 'fast'], "error: option '--tune <mode>' argument 'fast' is invalid"],
    [
      ['doctor', '--study', 'study.config.json'],
      'doctor: expected --tune full beside --study, got no --tune; the products of a study are measured, or not asked for',
    ],
    [['run', 'a.ts', 'b.ts'], 'error: too many arguments'],
    [
      ['run', 'other.config.ts'],
      'config: expected a file, got no other.config.ts; name another, or write one with "monosema init"',
    ],
    [
      ['run', 'text', '--out', 'other'],
      'config: expected one of study.config.ts, study.config.js, study.config.json in ',
    ],
    [['run', '--out', ''], '--out: expected the folder of a run, got nothing; name one, or leave --out away'],
    [['run', '--out', 'study.config.ts'], 'expected a folder, got a file; choose another path'],
    [
      ['run', '--set', 'transformer.dmodel=64'],
      'got "transformer.dmodel"; did you mean "transformer.dModel"?',
    ],
    ...(existsSync('/proc/self')
      ? [
          ['init', PROC],
          ['run', '--out', PROC],
        ]
      : []
    ).map((args): [string[], string] => [args, 'folders can be made, got /proc, which takes none; ']),
    [
      ['explain'],
      'config: explainer: expected a language model to ask, got none; add, say, explainer: { url: ',
    ],
    [
      ['run', '--set', 'corpus.path=txt'],
      'expected a file or a folder, got nothing at that path; check its spelling',
    ],
  ])('ends %j with exit code 2 and a sentence', async (args, sentence) => {
    const { code, out, err } = await monosema(...args);
    expect(err).toContain(sentence);
    expect(err).not.toMatch(/^\s+at /m);
    expect({ code, out }).toEqual({ code: 2, out: '' });
  });

  it('prints the stack of an error with --debug', async () => {
    const { code, err } = await monosema('run', '--debug', '--set', 'seed=-1');
    expect(err).toMatch(/^\s+at checkStudy /m);
    expect(code).toBe(2);
  });

  it('says what is wrong with a configuration that does not load', async () => {
    writeFileSync(join(folder, 'broken.config.ts'), 'export default {');
    writeFileSync(join(folder, 'empty.config.ts'), 'export const study = {};');
    writeFileSync(join(folder, 'broken.config.json'), '{');
    writeFileSync(join(folder, 'thrown.config.ts'), 'throw 3;');
    writeFileSync(join(folder, 'late.config.ts'), 'export default Promise.reject(new Error("too late"));');
    expect((await monosema('run', 'thrown.config.ts')).err).toMatch(/thrown\.config\.ts to load, got "3"; /);
    expect((await monosema('run', 'late.config.ts')).err).toMatch(
      /late\.config\.ts to load, got "too late"; /,
    );
    expect((await monosema('run', 'broken.config.ts')).err).toMatch(
      /^config: expected .*broken\.config\.ts to load, got ".+"; mend the file\n$/,
    );
    expect((await monosema('run', 'empty.config.ts')).err).toMatch(
      /^config: expected a default export in .*empty\.config\.ts, got none/,
    );
    expect((await monosema('run', 'broken.config.json')).err).toMatch(
      /^config: expected JSON in .*broken\.config\.json, got ".+"; mend the file\n$/,
    );
  });

  it('reads a configuration in JSON that begins with a byte order mark', async () => {
    const study = { name: 'marked', corpus: { path: 'text' } };
    writeFileSync(join(folder, 'marked.config.json'), `\uFEFF${JSON.stringify(study)}`);
    expect(await monosema('status', 'marked.config.json')).toMatchObject({ code: 0, err: '' });
  });

  it('writes a configuration to start from, and never over another', async () => {
    const made = await monosema('init', 'new study');
    expect(made).toMatchObject({
      code: 0,
      out: expect.stringContaining("then: npx monosema run 'new study/study.config.ts'\n"),
    });
    expect(readFileSync(join(folder, 'new study', 'study.config.ts'), 'utf8')).toContain("name: 'new-study'");
    mkdirSync(join(folder, 'new study', 'text'));
    writeFileSync(join(folder, 'new study', 'text', 'a.txt'), 'Some text.');
    expect(await spawnCli(['status'], { cwd: join(folder, 'new study') })).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^tokenize +not run yet\n/),
    });
    expect(await monosema('init', 'new study')).toMatchObject({
      code: 2,
      err: expect.stringContaining('init: expected no new study/study.config.ts'),
    });
  });

  it('takes the one study of a folder, and chooses none of two', async () => {
    const study = join(folder, 'written in js');
    mkdirSync(study);
    writeFileSync(
      join(study, 'study.config.js'),
      "export default { name: 'js', corpus: { path: '../text' } };",
    );
    expect(await monosema('status', study)).toMatchObject({ code: 0, err: '' });
    expect((await monosema('init', study)).err).toMatch(/^init: expected no .*study\.config\.js, got one/);
    writeFileSync(join(study, 'study.config.json'), '{}');
    expect(await monosema('status', study)).toMatchObject({
      code: 2,
      err: `config: expected one study in ${study}, got study.config.js and study.config.json; name the file that is meant\n`,
    });
  });

  it('says of a pin that its dictionary is none of the study, trained or not', async () => {
    expect(await monosema('sample', '--prompt', 'x', '--pin', 'Q/1:0=max')).toMatchObject({
      code: 2,
      err: expect.stringMatching(/^sample: expected a dictionary of the study \(A\/0, .*\), got "Q\/1"/),
    });
  });
});

describe('monosema tokenize', { timeout: LIMIT_MS }, () => {
  it('runs once, is up to date after, and is redone when its configuration changes', async () => {
    const first = await monosema('tokenize');
    expect(first).toMatchObject({ code: 0, out: '' });
    expect(first.err).toMatch(/tokenize: done in [\d.]+s\ntiny: 1 stage done in out\/tiny, /);

    const second = await monosema('tokenize', '--json', '--quiet');
    expect(second).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(second.out)).toMatchObject({
      stage: 'tokenize',
      upToDate: true,
      facts: { vocabulary: 300, documents: 80, domains: [{ domain: 'code' }, { domain: 'prose' }] },
    });

    expect((await monosema('status')).out).toMatch(
      /^tokenize +up to date .* out\/tiny\/tokens\ntrain-model A +not run yet\n/,
    );
    const named = 'explainer={"url":"http://localhost:1/v1","model":"m"}';
    const asked = await monosema('status', '--set', named);
    expect(asked.out).toMatch(/\nanalyze +not run yet\nexplain +not run yet\n$/);
    expect((await monosema('status', '--set', 'tokenizer.vocabulary=280')).out).toMatch(
      /^tokenize +to be redone {2}config \(tokenizer\.vocabulary\) changed\n/,
    );

    const third = await monosema('tokenize', '--set', 'tokenizer.vocabulary=280');
    expect(third.err).toMatch(/^config \(tokenizer\.vocabulary\) changed: redoing tokenize\n/);
  });

  it('leaves every file of a run alone that belongs to another study or another version', async () => {
    const out = join(folder, 'theirs');
    expect((await monosema('tokenize', '--out', out)).code).toBe(0);
    expect(await monosema('tokenize', '--out', out, '--set', 'name=mine')).toMatchObject({
      code: 2,
      err: `${out}: expected a run of study "mine", got one of "tiny"; choose another --out, or delete the folder\n`,
    });
    const path = join(out, 'tokens', 'stage.json');
    const newer = readFileSync(path, 'utf8').replace('"format": 1', '"format": 2');
    writeFileSync(path, newer);
    expect(await monosema('tokenize', '--out', out)).toMatchObject({
      code: 2,
      err: expect.stringContaining(
        'expected run format 1, got 2, written by another version of monosema; choose another --out, or delete the folder\n',
      ),
    });
    expect(readFileSync(path, 'utf8')).toBe(newer);
  });

  it('says what to do about a corpus that is too small for one context', async () => {
    const small = join(folder, 'small');
    mkdirSync(small);
    writeFileSync(join(small, 'a.txt'), 'Too short.');
    const { code, err } = await monosema(
      'tokenize',
      '--set',
      `corpus.path=${small}`,
      '--out',
      join(folder, 'small-out'),
    );
    expect(err).toMatch(/expected documents for training and for validation, got 1 document, .*\n$/);
    expect(code).toBe(2);
  });
});
