import { execFile, execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const REPOSITORY = fileURLToPath(new URL('..', import.meta.url));
const LIMIT_MS = 5 * 60_000;
let clone: string;

/** The files a clone would have, as they are now. */
beforeAll(() => {
  clone = mkdtempSync(join(tmpdir(), 'monosema-clone-'));
  const listed = execFileSync('git', ['ls-files', '-z', '-co', '--exclude-standard'], {
    cwd: REPOSITORY,
    encoding: 'utf8',
  });
  for (const file of listed.split('\0').filter((name) => name !== '' && existsSync(join(REPOSITORY, name)))) {
    mkdirSync(dirname(join(clone, file)), { recursive: true });
    cpSync(join(REPOSITORY, file), join(clone, file));
  }
});
// A busy machine takes its time to delete what was installed.
afterAll(() => rmSync(clone, { recursive: true }), 120_000);

function run(program: string, ...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(program, args, { cwd: clone }, (error, out, err) =>
      resolve({ code: typeof error?.code === 'number' ? error.code : error === null ? 0 : 1, out, err }),
    );
  });
}

describe('a fresh clone', { timeout: LIMIT_MS }, () => {
  it('installs what it needs at the first command, says so in one line, and never again', async () => {
    const first = await run('npx', 'monosema', '--version');
    expect(first).toMatchObject({ code: 0, out: '0.1.0\n' });
    expect(first.err).toContain('installing packages into node_modules (once; a minute or two)\n');

    const second = await run('npx', 'monosema', 'status', 'sites/demo/study.config.ts');
    expect(second.code).toBe(0);
    expect(second.out).toMatch(/^tokenize +not run yet\n/);
    expect(second.err).not.toContain('installing');
  });

  it('says at once which Node it needs where none comes as a package', async () => {
    rmSync(join(clone, 'node_modules', '.monosema-installed'), { force: true });
    // A Mac with an old Node, to all that the script asks.
    const mac = `Object.defineProperties(process, {
      platform: { value: 'darwin' }, arch: { value: 'arm64' }, version: { value: 'v20.1.0' },
      versions: { value: { ...process.versions, node: '20.1.0' } },
    })`;
    const preload = `data:text/javascript,${encodeURIComponent(mac)}`;
    const { code, err } = await run(process.execPath, '--import', preload, 'bin/monosema.mjs', 'doctor');
    expect(err).toBe(
      'install: expected Node 24 or newer, got v20.1.0, and none is packaged for darwin-arm64; install Node 24 and run the same command again\n',
    );
    expect(code).toBe(2);
  });

  it('says what failed when it cannot install', async () => {
    rmSync(join(clone, 'node_modules', '.monosema-installed'), { force: true });
    rmSync(join(clone, 'packages', 'engine', 'package.json'));
    const { code, err } = await run(process.execPath, 'bin/monosema.mjs', '--version');
    expect(err).toMatch(
      /install: expected pnpm to finish, got exit code 1; a package\.json names what pnpm-lock\.yaml does not: run npx pnpm@[\d.]+ install, and the same command again\n/,
    );
    // pnpm's own last words follow.
    expect(err).toContain('ERR_PNPM');
    expect(code).toBe(2);
  });
});
